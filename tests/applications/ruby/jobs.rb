# The jobs of use_sidekiq.rb: `sidekiq --require ./jobs.rb` works on them.

require "sidekiq"
require "sidekiq/launcher"
require "sidekiq/scheduled"

Redis.silence_deprecations = true
Redis.sadd_returns_boolean = false

# Look for jobs that are due, and tell what is going on, at once and often: the usual pace is once in several seconds.
Sidekiq.options[:poll_interval_average] = 0.1
Sidekiq::Scheduled::Poller.class_eval { private def initial_wait = nil }
Sidekiq::Launcher.send(:remove_const, :BEAT_PAUSE)
Sidekiq::Launcher::BEAT_PAUSE = 0.1

module Job
  def self.included(job)
    job.include Sidekiq::Worker
    job.sidekiq_options retry: 2
  end
end

class Add
  include Job

  def perform(x, y)
    Sidekiq.redis { |redis| redis.rpush("sums", x + y) }
  end
end

class SucceedAtLast
  include Job

  def perform
    attempt = Sidekiq.redis { |redis| redis.incr("attempts") }
    raise "not yet" if attempt < 2
    Sidekiq.redis { |redis| redis.rpush("sums", 100 + attempt) }
  end
end

class NeverSucceed
  include Job
  sidekiq_options retry: 0

  def perform = raise("on purpose")
end

class Hold
  include Job

  def perform
    Sidekiq.redis { |redis| redis.blpop("go", timeout: 1) } until Sidekiq.redis { |redis| redis.exists?("gone") }
  end
end

class ProcessId
  include Job
  sidekiq_options queue: "urgent"

  def perform
    Sidekiq.redis { |redis| redis.rpush("pids", Process.pid) }
  end
end
