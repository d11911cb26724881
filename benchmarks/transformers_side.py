"""The same work with Hugging Face transformers: a BERT with random weights, with and without `output_attentions`.

Runs in an environment of its own (`benchmarks/requirements-transformers.txt`); `benchmarks.capture` starts it.
Prints the seconds of each run as JSON.
"""

import argparse
import json
import platform

import torch
import transformers

from benchmarks.alternating import times_in_turns


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("layers", "heads", "units", "length", "batch", "repeats"):
        parser.add_argument(f"--{name}", type=int, required=True)
    arguments = parser.parse_args()
    torch.manual_seed(0)
    settings = {
        "hidden_size": arguments.units,
        "num_hidden_layers": arguments.layers,
        "num_attention_heads": arguments.heads,
        "intermediate_size": 4 * arguments.units,
    }
    # Scores can be had of eager attention only; the plain forward pass uses what transformers uses by default.
    default = transformers.BertModel(transformers.BertConfig(**settings), add_pooling_layer=False).eval()
    eager = transformers.BertModel(
        transformers.BertConfig(**settings, attn_implementation="eager"), add_pooling_layer=False
    ).eval()
    ids = torch.randint(1, default.config.vocab_size, (arguments.batch, arguments.length))

    def attentions():
        return [one.numpy() for one in eager(ids, output_attentions=True).attentions]

    with torch.inference_mode():
        shapes = {one.shape for one in attentions()}
        assert shapes == {(arguments.batch, arguments.heads, arguments.length, arguments.length)}, shapes
        seconds = times_in_turns(
            {
                "plain": lambda: default(ids).last_hidden_state.numpy(),
                "eager": lambda: eager(ids).last_hidden_state.numpy(),
                "attentions": attentions,
            },
            arguments.repeats,
        )
    versions = f"transformers {transformers.__version__}, torch {torch.__version__}, Python {platform.python_version()}"
    print(json.dumps({"seconds": seconds, "versions": versions}))


if __name__ == "__main__":
    main()
