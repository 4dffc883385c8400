"""RFC 4475, SIP torture test messages: one case per message, named as the RFC names it."""

from __future__ import annotations

import pytest

from callcenter.sip.body import find_part, parse_multipart
from callcenter.sip.grammar import SipParseError
from callcenter.sip.headers import CSeq
from callcenter.sip.message import Request, Response, parse_message, response_for
from callcenter.sip.uri import SipUri
from callcenter.sip.validate import DEFAULT_RULES
from tests.protocol.torture.corpus import ACCEPTED, SILENCE, accepted_request, accepted_response, load, outcome

# Section, name, outcome. 200 is "may be acted on"; None is silence.
CASES = [
    # 3.1.1 Valid messages
    ("wsinv", ACCEPTED),
    ("intmeth", 501),
    ("esc01", ACCEPTED),
    ("escnull", ACCEPTED),
    ("esc02", 501),
    ("lwsdisp", ACCEPTED),
    ("longreq", ACCEPTED),
    ("dblreq", ACCEPTED),
    ("semiuri", ACCEPTED),
    ("transports", ACCEPTED),
    ("mpart01", ACCEPTED),
    ("unreason", ACCEPTED),
    ("noreason", ACCEPTED),
    # 3.1.2 Invalid messages
    ("badinv01", 400),
    ("clerr", 400),
    ("ncl", 400),
    ("scalar02", 400),
    ("scalarlg", SILENCE),
    ("quotbal", 400),
    ("ltgtruri", 400),
    ("lwsruri", 400),
    ("lwsstart", 400),
    ("trws", 400),
    ("escruri", 400),
    ("baddate", ACCEPTED),
    ("regbadct", 400),
    ("badaspec", 400),
    ("baddn", 400),
    ("badvers", 505),
    ("mismatch01", 400),
    ("mismatch02", 501),
    ("bigcode", SILENCE),
    # 3.2 Transaction layer semantics
    ("badbranch", ACCEPTED),
    # 3.3 Application layer semantics
    ("insuf", 400),
    ("unkscm", 416),
    ("novelsc", 416),
    ("unksm2", 400),
    ("bext01", 420),
    ("invut", 415),
    ("regaut01", ACCEPTED),
    ("multi01", 400),
    ("mcl01", 400),
    ("bcast", SILENCE),
    ("zeromf", ACCEPTED),
    ("cparam01", ACCEPTED),
    ("cparam02", ACCEPTED),
    ("regescrt", ACCEPTED),
    ("sdp01", 406),
    # 3.4 Backward compatibility
    ("inv2543", ACCEPTED),
]


@pytest.mark.parametrize(("name", "status"), CASES)
def test_outcome(name: str, status: int | None) -> None:
    assert outcome(load(name)).status == status


@pytest.mark.parametrize("name", [name for name, status in CASES if status == ACCEPTED])
def test_accepted_message_survives_encoding(name: str) -> None:
    message = parse_message(load(name))
    assert parse_message(message.encode()) == message


def test_wsinv_folding_white_space_and_compact_forms() -> None:
    request = accepted_request("wsinv")
    assert request.request_uri == SipUri.parse("sip:vivekg@chair-dnrc.example.com;unknownparam")
    assert request.to.tag == "1918181833n"
    assert request.from_.display_name == 'J Rosenberg \\"'
    assert request.from_.tag == "98asjd8"
    assert request.max_forwards == 68
    assert request.cseq == CSeq(9, "INVITE")
    assert [(via.transport, via.sent_by, via.branch) for via in request.via] == [
        ("UDP", "192.0.2.2", "390skdjuw"),
        ("TCP", "spindle.example.com", "z9hG4bK9ikj8"),
        ("UDP", "192.168.255.111", "z9hG4bK30239"),
    ]
    assert request.headers.get("Subject") == ""
    assert request.headers.get("NewFangledHeader") == "newfangled value continued newfangled value"
    assert request.headers.get("UnknownHeaderWithUnusualValue") == ";;,,;;,;"
    assert request.routes[0].uri.params == {"lr": None, "unknownwith": "value", "unknown-no-value": None}
    contact = request.contacts[0]
    assert contact.display_name == 'Quoted string ""'
    assert contact.params == {"newparam": "newvalue", "secondparam": None, "q": "0.33"}
    assert contact.q == 0.33
    assert len(request.body) == 150


def test_intmeth_unusual_characters() -> None:
    request = parse_message(load("intmeth"))
    assert isinstance(request, Request)
    assert request.method == "!interesting-Method0123456789_*+`.%indeed'~"
    assert request.request_uri.user == "1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"
    assert request.request_uri.password == "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    assert request.to.display_name == "BEL:\x07 NUL:\x00 DEL:\x7f"
    assert request.from_.display_name == "token1~` token2'+_ token3*%!.-"
    assert request.from_.params["fromparam''~+*_!.-%"] == '"работающий"'
    assert request.from_.tag == "_token~1'+`*%!-."
    assert request.call_id == "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"
    assert request.headers.get("extensionheader-!.%*+_`'~") == "\ufeff大停電"


def test_intmeth_answer_lists_our_methods_and_keeps_the_quoted_nul() -> None:
    found = outcome(load("intmeth"))
    assert found.headers == {"Allow": ", ".join(DEFAULT_RULES.methods)}
    assert isinstance(found.message, Request)
    answer = parse_message(response_for(found.message, 501).encode())
    assert answer.to.display_name == "BEL:\x07 NUL:\x00 DEL:\x7f"


def test_esc01_escapes() -> None:
    request = accepted_request("esc01")
    assert request.request_uri.username == "sips:user@example.com"
    assert request.request_uri.user == "sips%3Auser%40example.com"
    assert request.request_uri.host == "example.net"
    assert request.to.uri.user == "user"
    assert request.from_.uri.username == "I have spaces"
    contact = request.contacts[0].uri
    assert contact.user == "caller"
    assert contact.params == {"lr": None, "name": "value%2541"}


def test_escnull_keeps_the_whole_user() -> None:
    request = accepted_request("escnull")
    assert request.to.uri.username == "null-\x00-null"
    assert request.to.uri.aor() == "sip:null-%00-null@example.com"
    first, second = request.contacts
    assert (first.uri.username, second.uri.username) == ("\x00", "\x00\x00")
    assert not first.uri.equivalent(second.uri)


def test_esc02_percent_is_no_escape_in_tokens() -> None:
    request = parse_message(load("esc02"))
    assert isinstance(request, Request)
    assert request.method == "RE%47IST%45R"
    assert request.to.display_name == "%Z%45"
    assert [contact.uri.user for contact in request.contacts] == ["alias1", "alias3"]
    assert request.headers.get("C%6Fntact") == "<sip:alias2@host2.example.com>"


def test_lwsdisp_display_name_touches_the_bracket() -> None:
    request = accepted_request("lwsdisp")
    assert (request.from_.display_name, request.from_.tag) == ("caller", "323")


def test_longreq_long_values() -> None:
    request = accepted_request("longreq")
    assert len(request.via) == 34
    assert request.top_via.host == "sip33.example.com"
    assert request.via[-1].received == "192.0.2.5"
    assert request.to.uri.port == 6000
    assert request.call_id == f"longreq.one{'really' * 20}longcallid"


def test_dblreq_ignores_what_follows_the_body() -> None:
    request = accepted_request("dblreq")
    assert (request.method, request.body) == ("REGISTER", b"")


def test_semiuri_semicolon_in_the_user_part() -> None:
    request = accepted_request("semiuri")
    assert request.request_uri.user == "user;par=u%40example.net"
    assert request.request_uri.params == {}


def test_transports_known_and_unknown() -> None:
    request = accepted_request("transports")
    assert [via.transport for via in request.via] == ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]


def test_mpart01_binary_parts() -> None:
    request = accepted_request("mpart01")
    assert request.content_type is not None
    parts = parse_multipart(request.body, request.content_type.params["boundary"] or "")
    assert [part.content_type.name for part in parts] == ["text/plain", "application/octet-stream"]
    assert parts[0].content == b"Hello"
    assert parts[1].content[:16] == bytes.fromhex("30820152002a864886f70d0a0d0a001a")
    assert parts[1].content[-256:] == bytes(range(256))
    assert find_part(request) is None


def test_unreason_reason_phrase_is_utf8() -> None:
    response = accepted_response("unreason")
    assert response.status == 200
    assert response.reason == "= 2**3 * 5**2 но сто девяносто девять - простое"


def test_noreason_empty_reason_phrase() -> None:
    response = accepted_response("noreason")
    assert (response.status, response.reason) == (100, "")


@pytest.mark.parametrize("name", ["scalarlg", "bcast"])
def test_unusable_responses_are_read_but_dropped(name: str) -> None:
    assert isinstance(outcome(load(name)).message, Response)


def test_bigcode_is_no_message() -> None:
    with pytest.raises(SipParseError) as caught:
        parse_message(load("bigcode"))
    assert (caught.value.status, caught.value.partial) == (None, None)


def test_scalar02_expiry_alone_counts_as_the_default() -> None:
    request = parse_message(load("scalar02"))
    assert request.expires == 3600
    assert request.contacts[0].expires == 3600


def test_badvers_answer_finds_its_way() -> None:
    request = parse_message(load("badvers"))
    assert isinstance(request, Request)
    request.stamp_source("192.0.2.77", 5060)
    assert request.top_via.received == "192.0.2.77"
    assert request.headers.get("Via") == "SIP/7.0/UDP c.example.com;branch=z9hG4bKkdjuw;received=192.0.2.77"


def test_badbranch_is_not_a_transaction_key() -> None:
    assert not accepted_request("badbranch").top_via.has_magic_branch


def test_insuf_is_answered_with_what_there_is() -> None:
    found = outcome(load("insuf"))
    assert isinstance(found.message, Request)
    assert sorted(response_for(found.message, 400, to_tag="x").headers.fields) == ["CSeq", "Via"]


def test_bext01_names_what_is_unsupported() -> None:
    assert outcome(load("bext01")).headers == {"Unsupported": "nothingSupportsThis, nothingSupportsThisEither"}


def test_invut_names_what_is_accepted() -> None:
    assert outcome(load("invut")).headers == {"Accept": "application/sdp"}


def test_unksm2_foreign_schemes_are_read() -> None:
    request = parse_message(load("unksm2"))
    assert (request.to.uri.scheme, request.to.uri.opaque) == ("isbn", "2983792873")
    assert request.from_.uri == SipUri("http", opaque="//www.example.com")
    assert str(request.contacts[0].uri) == "name:John_Smith"


def test_regaut01_unknown_authorization_scheme_is_kept() -> None:
    assert accepted_request("regaut01").headers.get("Authorization") == "NoOneKnowsThisScheme opaque-data=here"


def test_cparam01_and_cparam02_differ() -> None:
    header_parameter = accepted_request("cparam01").contacts[0]
    uri_parameter = accepted_request("cparam02").contacts[0]
    assert str(header_parameter) == "<sip:+19725552222@gw1.example.net>;unknownparam"
    assert str(uri_parameter) == "<sip:+19725552222@gw1.example.net;unknownparam>"


def test_regescrt_escaped_headers_stay_in_the_contact() -> None:
    contact = accepted_request("regescrt").contacts[0]
    assert contact.uri.headers == {"route": "%3Csip:sip.example.com%3E"}
    assert str(contact.uri) == "sip:user@example.com?route=%3Csip:sip.example.com%3E"


def test_inv2543_old_request_without_tag_branch_contact_or_length() -> None:
    request = accepted_request("inv2543")
    assert request.from_.tag is None
    assert request.top_via.branch is None
    assert request.contacts == []
    assert request.to.params == {"user": "phone"}
    assert find_part(request) == load("inv2543").partition(b"\r\n\r\n")[2]
