"""The fields of a job that tools show follow from the model of the job."""

from gateway.media.jobs.job_schemas import Job
from gateway.tools.media import JOB_PATHS, OMITTED_FIELDS


def test_only_fields_that_a_job_has_are_left_out_of_tools() -> None:
    for model, names in OMITTED_FIELDS.items():
        fields = {each.serialization_alias for each in model.model_fields.values()}
        assert names <= fields


def test_a_new_field_of_a_job_is_shown_by_its_tools() -> None:
    fields = {str(each.serialization_alias) for each in Job.model_fields.values()}
    assert fields - OMITTED_FIELDS[Job] <= {*JOB_PATHS}
