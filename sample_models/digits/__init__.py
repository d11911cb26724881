"""Which digit do eight rows of eight pixels show? `train.py` makes `model.keras` and `card.json`."""
