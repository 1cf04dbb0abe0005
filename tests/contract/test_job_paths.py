"""What tools show of a job follows from the model of the job."""

from gateway.media.job_schemas import Job
from gateway.tools.media import JOB, LEFT_OUT


def test_only_fields_that_a_job_has_are_left_out_of_tools() -> None:
    for model, names in LEFT_OUT.items():
        fields = {each.serialization_alias for each in model.model_fields.values()}
        assert names <= fields


def test_a_new_field_of_a_job_is_shown_by_its_tools() -> None:
    fields = {str(each.serialization_alias) for each in Job.model_fields.values()}
    assert fields - LEFT_OUT[Job] <= {*JOB}
