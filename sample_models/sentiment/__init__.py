"""Is a sentence positive or negative? `train.py` makes `model.keras` and `card.json`."""
