"""How many sunspots will the next year have? `train.py` makes `model.keras` and `card.json`."""
