from callcenter.runtime.tokens import Tokens


def test_tokens_are_sixteen_digits_and_differ_over_many_fetches() -> None:
    tokens = Tokens()
    given = [tokens() for _ in range(1000)]
    assert len(set(given)) == 1000
    assert all(len(token) == 16 and int(token, 16) >= 0 for token in given)


def test_a_fetch_serves_many_tokens_and_no_octet_twice() -> None:
    fetched: list[int] = []

    def source(size: int) -> bytes:
        fetched.append(size)
        return b"".join((len(fetched) * 10_000 + index).to_bytes(8) for index in range(size // 8))

    tokens = Tokens(source)
    given = {tokens() for _ in range(256)}
    assert len(fetched) == 2
    assert given == {f"{batch * 10_000 + index:016x}" for batch in (1, 2) for index in range(128)}
