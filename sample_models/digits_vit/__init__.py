"""Which digit is in the picture, patch by patch? `train.py` makes `model.keras` and `card.json`."""
