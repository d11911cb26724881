"""Is a review mostly positive or negative? Words, sentences, document; `train.py` makes the model and its card."""
