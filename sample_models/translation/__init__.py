"""English into French, sentence by sentence? `train.py` makes `model.keras` and `card.json`."""
