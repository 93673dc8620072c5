"""What the processes of this machine count while they work; ``/metrics`` gives it with what the database knows.

Under the supervisor web server and worker write into one folder of memory-mapped files, which prometheus-client adds
up, so that a scrape of the web server tells of both. Only names with few values are labels: no path, no organization.
"""

from prometheus_client import Counter, Histogram

FOLDER = "PROMETHEUS_MULTIPROC_DIR"  # names the folder to prometheus-client, and must be set before it is imported
REQUEST_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
JOB_SECONDS = (0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300)

requests = Counter("rubrica_requests", "Requests that were answered.", ["kind", "status"])
request_seconds = Histogram(
    "rubrica_request_seconds", "From the head of a request to that of its answer.", ["kind"], buckets=REQUEST_SECONDS
)
job_seconds = Histogram("rubrica_job_seconds", "Duration of one try of a job.", ["task"], buckets=JOB_SECONDS)
job_failures = Counter("rubrica_job_failures", "Tries of jobs that failed; most are made again.", ["task"])
storage_errors = Counter("rubrica_storage_errors", "Reads and writes that the storage has refused.", ["operation"])

turned_away = Counter("rubrica_turned_away", "Requests that were told to come again: why.", ["why"])


def answered(kind: str, status: int, seconds: float) -> None:
    requests.labels(kind, f"{status // 100}xx").inc()
    request_seconds.labels(kind).observe(seconds)


def worked(task: str, seconds: float, *, failed: bool) -> None:
    job_seconds.labels(task).observe(seconds)
    if failed:
        job_failures.labels(task).inc()
