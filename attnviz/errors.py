"""The errors that attnviz raises: each says what, where, what was expected and what was received."""


class AttnVizError(Exception):
    """Base of every error that attnviz raises on purpose."""


class ShapeError(AttnVizError, ValueError):
    """An array does not have the shape, the type or the range that its place asks for."""


class InputError(AttnVizError, ValueError):
    """What a person typed, pasted or uploaded cannot be used; the message says why and what to do."""


class DataError(InputError):
    """A labelled data set cannot be used with this model or for this training; the message says why and what to do."""


class CardError(AttnVizError, ValueError):
    """A model folder or its card is missing something or says something impossible."""


class UnsafeModelError(AttnVizError, ValueError):
    """An uploaded model file was refused; the message says what in it and why."""


class CaptureError(AttnVizError, RuntimeError):
    """The attention of a model could not be captured."""


class UnreadableScoresError(CaptureError):
    """What a layer computed its attention from cannot be read; the message says which layer, why, and which can."""


class StorageError(AttnVizError, ValueError):
    """A stored capture cannot be read."""


class TrainingError(AttnVizError, ValueError):
    """A model cannot be trained as it was asked for; the message says why and what to try."""


class CaptureWarning(UserWarning):
    """Something about a capture that a person should know: what is missing from it, or what differs."""
