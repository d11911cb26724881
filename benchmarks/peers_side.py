"""The pages that peers make of the attention in `attention.npy`: BertViz' head view and model view, CircuitsVis' heads.

Runs in an environment of its own (`benchmarks/requirements-peers.txt`); `benchmarks.views_peers` starts it. BertViz
loads require.js, d3 and jQuery from elsewhere: here they come from the folder `packages` beside the pages.
Prints the seconds that each page took to be written, as JSON.
"""

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch
from bertviz import head_view, model_view
from circuitsvis.utils.render import render_local

ELSEWHERE = {
    "https://cdnjs.cloudflare.com/ajax/libs/require.js/2.3.6/require.min.js": "/packages/requirejs/require.js",
    "https://cdnjs.cloudflare.com/ajax/libs/d3/5.7.0/d3.min": "/packages/d3/dist/d3.min",
    "https://cdnjs.cloudflare.com/ajax/libs/jquery/2.0.0/jquery.min": "/packages/jquery/dist/jquery.min",
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("pages", nargs="+", choices=("bertviz_head", "bertviz_model", "circuitsvis"))
    arguments = parser.parse_args()
    attention = np.load(arguments.folder / "attention.npy")  # [layer, head, query, key]
    tokens = json.loads((arguments.folder / "tokens.json").read_text("utf-8"))
    layers = [torch.from_numpy(layer[None]) for layer in attention]
    every = attention.reshape(-1, *attention.shape[2:])
    make: dict[str, Callable[[], str]] = {
        "bertviz_head": lambda: head_view(layers, tokens, html_action="return").data,
        "bertviz_model": lambda: model_view(layers, tokens, html_action="return").data,
        "circuitsvis": lambda: render_local("AttentionHeads", attention=every, tokens=tokens),
    }
    seconds = {}
    for name in arguments.pages:
        started = time.perf_counter()
        page = make[name]()
        seconds[name] = time.perf_counter() - started
        for address, here in ELSEWHERE.items():
            page = page.replace(address, here)
        (arguments.folder / f"{name}.html").write_text(f"<!doctype html><meta charset=utf-8>{page}", "utf-8")
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
