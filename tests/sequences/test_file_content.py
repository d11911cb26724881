import pytest
from hypothesis import given
from hypothesis import strategies as st

from attnviz.errors import InputError
from attnviz.sequences.file_content import signature, text_file


def decoded(data):
    with text_file(data).open() as text:
        return text.read()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_unicode_with_or_without_a_byte_order_mark(encoding):
    assert decoded("naïve 😀\nfilm".encode(encoding)) == "naïve 😀\nfilm"


@pytest.mark.parametrize(("mark", "encoding"), [(b"\xfe\xff", "utf-16-be"), (b"\x00\x00\xfe\xff", "utf-32-be")])
def test_big_endian_byte_order_marks(mark, encoding):
    assert decoded(mark + "naïve".encode(encoding)) == "naïve"


def test_utf_16_is_noted_and_utf_8_goes_without_saying():
    assert text_file("é".encode("utf-16")).notices == ("The file was decoded as UTF-16.",)
    assert text_file("\ufeffé".encode()).notices == ()


def test_windows_1252_is_noted_with_the_line_that_shows_it():
    data = "plain\n“café” – 5 €".encode("cp1252")
    assert decoded(data) == "plain\n“café” – 5 €"
    assert text_file(data).notices == ("The file is not UTF-8 (see line 2) and was decoded as Windows-1252.",)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"ok\ncaf\x81\n", r"neither UTF-8 nor Windows-1252: line 2 \(byte 7\) cannot be decoded\. Save it as UTF-8"),
        (b"caf\xe9 \x01", r"neither UTF-8 nor Windows-1252: line 1 \(byte 4\)"),
        (b"ab\0cd", r"holds a NUL byte \(at byte 3\)"),
        ("plain".encode("utf-16-le"), r"holds a NUL byte \(at byte 2\).* UTF-16 without a byte order mark"),
        (
            b"\xef\xbb\xbfab\xff",
            r"starts with the byte order mark of UTF-8, but cannot be decoded as UTF-8 near byte 6",
        ),
        (b"\xff\xfea\x00b", r"starts with the byte order mark of UTF-16, but cannot"),
        ("a\0".encode("utf-16"), r"holds a NUL character"),
    ],
)
def test_what_is_no_text_is_refused(data, message):
    with pytest.raises(InputError, match=message):
        text_file(data)


def test_a_character_across_two_chunks_is_one_character():
    data = b"a" * (2**20 - 1) + "é".encode() + b"b"
    assert text_file(data).encoding == "utf-8"
    with pytest.raises(InputError, match=r"byte 1,048,577\)"):
        text_file(b"a" * 2**20 + b"\x81")


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"PK\x03\x04", "ZIP"),
        (b"\x89PNG\r\n\x1a\n", "PNG"),
        (b"%PDF-1.7", "PDF"),
        (b"\x93NUMPY", "NumPy"),
        (b"\x80\x04", "pickle"),
    ],
)
def test_well_known_formats_are_recognised(start, kind):
    assert kind in signature(start + b"...")
    assert signature(b"text " + start) is None


@given(st.text().filter(lambda text: "\0" not in text and not text.startswith("\ufeff")))
def test_any_text_in_utf_8_comes_back(text):
    with text_file(text.encode()).open(newline="") as opened:
        assert opened.read() == text
