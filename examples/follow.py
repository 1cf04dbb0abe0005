"""Submit a job, follow it event by event, and keep its output as an asset of a project."""

from killatamata import Client

with Client() as client:
    project = client.studio.projects.create("Lighthouses")
    job = client.submit("image.generate", prompt="a lighthouse at noon", width=512, height=512)
    for event in client.jobs.events(job):
        print(event.type, event.data.get("stage") or event.data.get("status"))
    asset = client.studio.assets.keep(project.project_id, job_id=job.id, name="Noon")
    print(f"asset://{asset.asset_id}")
