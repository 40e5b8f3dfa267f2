-- Makes wrk post the file $BODY as JSON. At the end prints "RESULT requests microseconds errors p50 p99".
local file = assert(io.open(os.getenv("BODY"), "rb"))
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = file:read("*a")
file:close()

function done(summary, latency)
  local bad = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status + summary.errors.timeout
  io.write(string.format("RESULT %d %d %d %.1f %.1f\n", summary.requests, summary.duration, bad,
    latency:percentile(50), latency:percentile(99)))
end
