"""Make a picture and save it. Run `killatamata login` first, or set KT_API_KEY and KT_API_BASE."""

from killatamata import Client

with Client() as client:
    job = client.run("image.generate", prompt="a lighthouse in the first snow")
    (file,) = client.jobs.download(job, "lighthouse.png")
    print(f"{file} for ${job.billing.charged_usd}")
