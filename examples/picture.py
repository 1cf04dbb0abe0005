"""Make a picture and save it. Run `killatamata login` first, or set KT_API_KEY and KT_API_BASE."""

from killatamata import Client

client = Client()
job = client.run("image.generate", prompt="a lighthouse in the first snow")
print("charged", job.billing.charged_usd)
print("saved", *client.jobs.download(job, "lighthouse.png"))
