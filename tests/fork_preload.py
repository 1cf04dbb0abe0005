"""Work that each gateway does at its start, done once in the process they are forked from."""

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
# A collection in a child would touch, and so copy, every page that it shares with its siblings.
gc.freeze()
