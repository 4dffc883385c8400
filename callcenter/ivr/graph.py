"""Graph questions the validator asks, each iterative and linear, so that a hostile flow cannot stall it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

Graph = Mapping[str, Collection[str]]
"Node id → ids of the nodes its edges lead to."


def reachable(graph: Graph, starts: Iterable[str]) -> set[str]:
    """Return every node reachable from ``starts``, these included."""
    seen = set(starts)
    pending = list(seen)
    while pending:
        for target in graph.get(pending.pop(), ()):
            if target not in seen:
                seen.add(target)
                pending.append(target)
    return seen


def components(graph: Graph) -> list[list[str]]:
    """Return the strongly connected components, sinks first (Tarjan's algorithm without recursion)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    found: list[list[str]] = []
    for root in graph:
        if root in index:
            continue
        work = [(root, iter(graph[root]))]
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        while work:
            node, targets = work[-1]
            for target in targets:
                if target not in graph:
                    continue
                if target not in index:
                    index[target] = low[target] = len(index)
                    stack.append(target)
                    on_stack.add(target)
                    work.append((target, iter(graph[target])))
                    break
                if target in on_stack:
                    low[node] = min(low[node], index[target])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == index[node]:
                    found.append(_pop_component(node, stack, on_stack))
    return found


def _pop_component(root: str, stack: list[str], on_stack: set[str]) -> list[str]:
    component = []
    while True:
        node = stack.pop()
        on_stack.discard(node)
        component.append(node)
        if node == root:
            return component


def without(graph: Graph, removed: Collection[str]) -> dict[str, list[str]]:
    """Return ``graph`` without the nodes ``removed``."""
    return {
        node: [target for target in targets if target not in removed]
        for node, targets in graph.items()
        if node not in removed
    }


def cycles(graph: Graph) -> list[list[str]]:
    """Return the components that contain a cycle."""
    return [part for part in components(graph) if len(part) > 1 or part[0] in graph[part[0]]]


def heaviest_path(graph: Graph, weights: Mapping[str, float], start: str, goals: Collection[str]) -> float | None:
    """Return the greatest total weight on the way from ``start`` to any goal, goals not counted.

    Every node counts once, and a cycle as the sum of its nodes. ``None`` when no goal can be reached.
    """
    parts = components(graph)
    part_of = {node: number for number, part in enumerate(parts) for node in part}
    best: dict[int, float | None] = {}
    for number, part in enumerate(parts):  # Sinks first, so every successor is known.
        goals_here = [node for node in part if node in goals]
        weight = sum(weights.get(node, 0.0) for node in part if node not in goals)
        following = {part_of[target] for node in part for target in graph[node] if target in part_of} - {number}
        onward = [value for other in following if (value := best[other]) is not None]
        if goals_here:
            onward.append(0.0)
        best[number] = weight + max(onward) if onward else None
    return best[part_of[start]]
