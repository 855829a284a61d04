# Sidekiq: jobs, bulks, schedules, retries, dead jobs, what its web page shows, and a restart of the server.

require "sidekiq/api"
require "tempfile"
require_relative "jobs"

PATIENCE = 20

def proven(what) = puts("- #{what}")

def check(condition, what = "a check") = condition || raise("#{what} failed")

def eventually(what)
  give_up = Process.clock_gettime(Process::CLOCK_MONOTONIC) + PATIENCE
  until yield
    raise "#{what} did not happen" if Process.clock_gettime(Process::CLOCK_MONOTONIC) > give_up
    sleep 0.01
  end
end

def redis(&block) = Sidekiq.redis(&block)

def sums = redis { |connection| connection.lrange("sums", 0, -1) }.map(&:to_i).sort

def restart_server
  puts "restart the server"
  check ANSWERS.pop == "restarted\n"
end

def jobs
  Add.perform_async(1, 2)
  Sidekiq::Client.push_bulk("class" => Add, "args" => [[2, 2], [3, 3]])
  eventually("the jobs") { sums == [3, 4, 6] }
  proven "jobs one by one and in bulk"

  Add.perform_in(0.2, 10, 0)
  Add.perform_at(Time.now + 0.2, 11, 0)
  eventually("the scheduled jobs") { sums == [3, 4, 6, 10, 11] }
  later = Add.perform_in(3600, 1, 1)
  scheduled = Sidekiq::ScheduledSet.new
  check scheduled.size == 1
  check scheduled.find_job(later).args == [1, 1]
  check scheduled.scan("Add").map(&:jid) == [later]
  scheduled.find_job(later).reschedule(Time.now + 7200)
  check scheduled.first.at > Time.now + 7000
  scheduled.first.add_to_queue
  eventually("the job that was moved") { sums == [2, 3, 4, 6, 10, 11] }
  check scheduled.size == 0
  proven "scheduled jobs"
end

def failures
  SucceedAtLast.perform_async
  retries = Sidekiq::RetrySet.new
  eventually("the first attempt") { retries.size == 1 }
  check retries.first["error_message"] == "not yet"
  check retries.first.at > Time.now
  retries.first.retry # what the button of the web page does: by itself it takes half a minute
  eventually("success at last") { sums.last == 102 }
  check retries.size == 0
  dead = Sidekiq::DeadSet.new
  never = NeverSucceed.perform_async
  eventually("death") { dead.size == 1 }
  check dead.first.jid == never
  check dead.first["error_message"] == "on purpose"
  dead.first.retry
  eventually("death again") { dead.size == 1 && Sidekiq::Stats.new.failed == 3 }
  dead.clear
  proven "retries and dead jobs"
end

def statistics(worker)
  Hold.perform_async
  eventually("the heartbeat") { Sidekiq::ProcessSet.new.size == 1 }
  process = Sidekiq::ProcessSet.new.first
  check process["pid"] == worker
  check process["queues"] == %w[urgent default]
  stats = Sidekiq::Stats.new
  check stats.processed >= 8
  check Sidekiq::Queue.new("default").size == 0
  eventually("the work in progress") { Sidekiq::Workers.new.map { |_, _, work| work["payload"]["class"] || work["payload"] }.any? }
  check Sidekiq::Stats::History.new(1).processed.values.sum >= 8
  redis { |connection| connection.set("gone", 1) }
  redis { |connection| connection.rpush("go", 1) }
  proven "statistics, processes and the work in progress"

  3.times { |number| Sidekiq::Client.push("class" => Add, "args" => [number, 0], "queue" => "nobody") }
  queue = Sidekiq::Queue.new("nobody")
  check queue.map(&:args) == [[2, 0], [1, 0], [0, 0]]
  check queue.latency >= 0
  queue.first.delete
  check queue.size == 2
  queue.clear
  check Sidekiq::Queue.all.map(&:name) == %w[default]
  proven "queues"
end

def restart(worker)
  pids = -> { redis { |connection| connection.lrange("pids", 0, -1) }.map(&:to_i) }
  ProcessId.perform_async
  eventually("the job") { pids.call == [worker] }
  restart_server
  ProcessId.perform_async
  Add.perform_in(0.1, 1, 1)
  eventually("the job after the restart") { pids.call == [worker] }
  eventually("the scheduled job after the restart") { sums == [2] }
  proven "the same worker goes on after a restart of the server"
end

$stdout.sync = true
log = Tempfile.new("sidekiq")
worker = spawn("sidekiq", "--require", "./jobs.rb", "--concurrency", "2", "--queue", "urgent", "--queue", "default",
               in: File::NULL, out: log.path, err: log.path)
ANSWERS = Queue.new
Thread.new do
  $stdin.each_line { |line| ANSWERS << line }
  Process.kill("KILL", worker) # the test has ended, and so does everything else
  exit! 1
end

begin
  jobs
  failures
  statistics(worker)
  restart(worker)
  Process.kill("TERM", worker)
  Process.wait(worker)
  check $?.success?, "a quiet end"
rescue StandardError
  puts File.readlines(log.path).last(40)
  raise
ensure
  begin
    Process.kill("KILL", worker)
  rescue Errno::ESRCH
    nil
  end
end
