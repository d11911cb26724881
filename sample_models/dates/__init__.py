"""Which day is "Tuesday, March 3rd 2021"? `train.py` makes `model.keras` and `card.json`."""
