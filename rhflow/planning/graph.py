"""Order and cycles of tasks: the only place that knows networkx."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import networkx as nx


class CycleFound(Exception):
    """Tasks that wait for each other; `path` begins and ends with the same one."""

    def __init__(self, path: list[str]) -> None:
        super().__init__(" → ".join(path))
        self.path = path


def graph_of(needs: Mapping[str, Iterable[str]]) -> nx.DiGraph[str]:
    """The graph with an edge from each need to what needs it."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_nodes_from(needs)
    graph.add_edges_from((need, task) for task, items in needs.items() for need in items)
    return graph


def order(needs: Mapping[str, Iterable[str]]) -> list[str]:
    """Tasks so that each stands behind what it needs; otherwise in the given order.

    Raises:
        CycleFound: there is none.
    """
    graph = graph_of(needs)
    position = {task: index for index, task in enumerate(needs)}
    try:
        return list(nx.lexicographical_topological_sort(graph, key=lambda task: position[task]))
    except nx.NetworkXUnfeasible:
        edges = nx.find_cycle(graph)
        path = [str(edge[0]) for edge in edges]
        raise CycleFound([*path, path[0]]) from None


def required(needs: Mapping[str, Iterable[str]], tasks: Iterable[str]) -> set[str]:
    """The tasks and everything they hang on."""
    graph = graph_of(needs)
    wanted = set(tasks)
    return wanted.union(*(nx.ancestors(graph, task) for task in wanted))
