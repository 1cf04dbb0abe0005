// Sends a file of an upload box, which has its address and form and is told how far it is, until the
// signal stops it; upload-box.js loads this with the first file.
export function upload(file, box, signal) {
  signal.throwIfAborted();
  const address = new URL(box.dataset.to, location.href);
  address.searchParams.set("filename", file.name);
  const project = box.form?.elements.projectId?.value;
  if (project) address.searchParams.set("projectId", project);
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    signal.addEventListener("abort", () => request.abort());
    request.open("POST", address);
    request.responseType = "json";
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) box.bar.value = event.loaded / event.total;
    });
    request.addEventListener("load", () => {
      if (request.status < 300) resolve(request.response);
      else if (request.status === 401) reject(new Error("Not uploaded: you are not signed in. Sign in, then choose the file again."));
      else reject(new Error(request.response ? `${request.response.detail} ${request.response.hint}` : "The upload was refused."));
    });
    request.addEventListener("error", () => reject(new Error("The upload was interrupted. Try again.")));
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.send(file);
  });
}
