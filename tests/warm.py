"""Imported before gateways are forked: does once what each of them does at its start."""

import gc

from sqlalchemy.orm import configure_mappers

from gateway.catalogue import list_operations
from gateway.configuration.settings import Settings
from gateway.media.tasks.catalogue import TASKS, build_input_schema
from gateway.openapi import build_openapi

build_openapi(Settings(), list_operations())
for task in TASKS.values():
    build_input_schema(task)
configure_mappers()
gc.freeze()  # no collection of a child walks through, and so copies, what all share
