"""A picture file as an upload for a model that takes pictures."""

from attnviz.errors import InputError
from attnviz.sequences.columns import VALUES, numeric_upload
from attnviz.sequences.picture_files import decode_picture
from attnviz.sequences.picture_fitting import fit_picture
from attnviz.sequences.pictures import picture_shape
from attnviz.sequences.specification import InputSpecification, NumericSpecification
from attnviz.sequences.upload import Upload, UploadLimits


def read_picture(name: str, data: bytes, specification: InputSpecification, limits: UploadLimits) -> Upload:
    """A PNG, JPEG, WebP, GIF or BMP file: one sequence, fitted to the model as `fit_picture` does by itself.

    Raises:
        InputError: If the model takes no pictures, or the file is none.
    """
    if not isinstance(specification, NumericSpecification) or specification.picture is None:
        raise InputError("The model takes no pictures.")
    decoded = decode_picture(data, channels=picture_shape(specification)[2])
    fitted = fit_picture(decoded, specification)
    return numeric_upload(name, {VALUES: [fitted.numbers]}, specification, (*decoded.notices, fitted.description))
