-- Each runner reads its own queue in order: jobs that wait for a slow channel are not walked over by the others.
ALTER TABLE job ADD COLUMN queue TEXT COLLATE "C" NOT NULL DEFAULT 'receiving';
UPDATE job SET queue = CASE kind WHEN 'send' THEN 'sending' WHEN 'send_code' THEN 'sending' WHEN 'calendar' THEN 'calendar' ELSE 'receiving' END;
DROP INDEX job_ready;
CREATE INDEX job_ready ON job (queue, run_at, id) WHERE state = 'ready';
