"""Work that each gateway does at its start, done once in the process they are forked from."""

import gc

import typer.main
from sqlalchemy.orm import configure_mappers

from gateway.catalogue import list_operations
from gateway.configuration.settings import Settings
from gateway.media.tasks.catalogue import TASKS, build_input_schema
from gateway.openapi import build_openapi
from killatamata.cli import app
from tests.command_cache import keep_built_commands
from wellknown import client_wheel, npm_package_file

build_openapi(Settings(), list_operations())
for task in TASKS.values():
    build_input_schema(task)
configure_mappers()
client_wheel.build_wheel()
npm_package_file.build_npm_package()
keep_built_commands()
typer.main.get_command(app)
# A collection in a child would touch, and so copy, every page that it shares with its siblings.
gc.freeze()
