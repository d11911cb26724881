"""What every file that a person takes along has around its content."""

import base64
import hashlib
import re

from attnviz.report.document import CAVEAT, html_document

HOSTILE = "</title></style><script>x()</script> $main & 'all'"


def test_nothing_is_allowed_but_what_is_named():
    page = html_document(title="a", facts=[], style="p { color: red }", allowed={"img-src": "data:"}, main="<p>b</p>")
    style = re.search(r"<style>(.*?)</style>", page.decode(), re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert style.endswith("p { color: red }")
    assert (
        f"default-src 'none'; img-src data:; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    ) in page.decode()


def test_title_and_facts_are_text_and_content_stays_as_it_is():
    page = html_document(title=HOSTILE, facts=[(HOSTILE, HOSTILE)], style="", allowed={}, main="<p>$title</p>").decode()
    assert "<script" not in page
    assert page.count("&lt;/title&gt;&lt;/style&gt;&lt;script&gt;x()&lt;/script&gt; $main &amp; &#x27;all&#x27;") == 4
    assert f'<p>$title</p>\n<p class="note">{CAVEAT}</p>\n</main>\n</body>\n</html>\n' in page
    assert (
        html_document(title="a\ud800\n b", facts=[], style="", allowed={}, main="").count(b"<title>a? b</title>") == 1
    )


def test_the_keyboard_reaches_a_fact_that_may_have_to_be_scrolled():
    facts = [("short", "word " * 20), ("long", "word " * 30), ("high", "1\n" * 8)]
    page = html_document(title="a", facts=facts, style="", allowed={}, main="").decode()
    assert re.findall(r"<dt>(\w+)</dt><dd dir=auto tabindex=0>", page) == ["long", "high"]
