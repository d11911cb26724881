"""Is a text message spam? `train.py` makes `model.keras` and `card.json`."""
