"""The rules of a recipe as a whole: one list, each module of which is named after its subject.

A rule takes the situation and yields diagnostics of the codes that stand before it.
"""

from __future__ import annotations

from hpcgen.diagnostics import Diagnostic, RecipeError
from hpcgen.diagnostics.finds import Finder
from hpcgen.plan.rules import (
    balancers,
    cluster_limits,
    conflicting_fields,
    containers,
    experiments,
    exposure,
    images,
    kinds,
    replicas,
    scraping,
    shared_jobs,
    stop_jobs,
    time_limits,
)
from hpcgen.plan.rules.situation import Situation

Rule = Finder[[Situation]]

OF_ENTRIES: tuple[Rule, ...] = (
    shared_jobs.resources_of_the_job,
    shared_jobs.shares,
    shared_jobs.ports,
    shared_jobs.private_services,
    shared_jobs.several_nodes,
    time_limits.too_short_to_stop,
    conflicting_fields.resources,
    conflicting_fields.kind_resources,
    conflicting_fields.targets,
    cluster_limits.required_resources,
    cluster_limits.queues,
    cluster_limits.sizes,
    cluster_limits.forbidden_resources,
    cluster_limits.qos_of_partition,
    cluster_limits.one_job_at_a_time,
    stop_jobs.services_without_clients,
    stop_jobs.names,
    kinds.invalid_entries,
)
"""Those that need nothing but the entries, which a kind can make an offer of only then."""

OF_OFFERS: tuple[Rule, ...] = (
    containers.uncontainable_programs,
    scraping.unknown_exporters,
    scraping.shared_folders,
    scraping.reserved_labels,
    scraping.unscraped_services,
    kinds.invalid_neighbours,
    balancers.impossible_fleets,
    balancers.impossible_balancers,
    balancers.questionable_balancers,
    replicas.impossible_replicas,
    replicas.unused_room,
    time_limits.clients_that_outlast_their_job,
    exposure.open_ports,
    images.moving_tags,
)
"""Those that read offers. Only where they find no error the parts of jobs are made."""

OF_ROWS: tuple[Rule, ...] = (
    experiments.rows_that_outlast_their_job,
    experiments.rows_of_another_script,
    experiments.rows_of_another_service,
    experiments.rows_that_outlast_their_service,
    experiments.more_rows_than_jobs,
)
"""Those that compare the parts that rows of an experiment make."""

RULES = (*OF_ENTRIES, *OF_OFFERS, *OF_ROWS)


def judge(situation: Situation) -> tuple[Diagnostic, ...]:
    """All warnings. Raises RecipeError with the errors of the first list that finds any."""
    warnings: list[Diagnostic] = []
    for rules in (OF_ENTRIES, OF_OFFERS, OF_ROWS):
        diagnostics = [diagnostic for rule in rules for diagnostic in rule(situation)]
        if errors := [diagnostic for diagnostic in diagnostics if not diagnostic.warning]:
            raise RecipeError(errors)
        warnings += diagnostics
    return tuple(warnings)
