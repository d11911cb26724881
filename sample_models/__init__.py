"""The models that ship with attnviz: one folder each, with the script that made it."""
