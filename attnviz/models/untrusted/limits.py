"""How much of this machine an uploaded model may use while it is checked."""

from dataclasses import dataclass, fields

from attnviz.errors import ShapeError

MEGABYTE = 10**6


@dataclass(frozen=True, kw_only=True)
class ModelLimits:
    """Limits for one uploaded model; the operator may set others.

    Attributes:
        packed_bytes: Size of the file as it is uploaded.
        unpacked_bytes: Size of everything in it, unpacked; counted while unpacking, whatever the file declares.
        entries: Number of files and folders in the archive.
        expansion: How many times larger than packed an entry above 1 MB may be when it is unpacked, and a compressed
            dataset of the weights when it is read.
        json_bytes: Size of `config.json`, `metadata.json` and `card.json`, each.
        json_depth: How deep their lists and objects may be nested.
        json_values: How many values each may hold.
        layer_calls: How many layers the config may list, each counted as often as it is called.
        weight_arrays: Number of arrays and groups in the weights.
        activation_values: Largest output of a layer, in numbers for one example; free lengths count as 1.
        check_memory: Memory that the check may take, in bytes, beyond what Keras itself takes. A small file gets less:
            `memory_for` says how much.
        check_seconds: Time that the check may take, in seconds.

    Raises:
        ShapeError: If a limit is not positive.
    """

    packed_bytes: int = 300 * MEGABYTE
    unpacked_bytes: int = 1_000 * MEGABYTE
    entries: int = 1_000
    expansion: int = 200
    json_bytes: int = 32 * MEGABYTE
    json_depth: int = 200
    json_values: int = 2_000_000
    layer_calls: int = 5_000
    weight_arrays: int = 100_000
    activation_values: int = 250_000_000
    check_memory: int = 6_000 * MEGABYTE
    check_seconds: float = 60.0

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if not value > 0:
                raise ShapeError(f"`{field.name}` of the limits for models must be positive. Received: {value!r}.")

    def memory_for(self, size: int) -> int:
        """Memory that the check of a file of `size` bytes may take: what building takes anyway, and four copies."""
        return min(self.check_memory, 1_500 * MEGABYTE + 4 * size)


def megabytes(size: float) -> str:
    """`size` bytes as people read it: "300 MB"."""
    return f"{size / MEGABYTE:,.0f} MB" if size >= MEGABYTE else f"{size:,.0f} bytes"
