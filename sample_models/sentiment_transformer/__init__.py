"""Is a sentence positive or negative? A transformer; `train.py` makes `model.keras` and `card.json`."""
