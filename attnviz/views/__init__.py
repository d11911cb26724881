"""What to draw, as plain frozen data: values, labels, title, limits and a sentence that says it in words."""
