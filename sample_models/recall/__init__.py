"""Which value belongs to the key? `train.py` makes `model.keras` and `card.json`."""
