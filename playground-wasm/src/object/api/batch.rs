//! `batch/v1`.

use super::meta::ObjectMeta;
use super::pod::PodTemplateSpec;
use crate::schema::structs;

structs! {
    in crate::object::API;

    Job {
        metadata "metadata": ObjectMeta,
        spec "spec": JobSpec,
    }

    JobSpec {
        active_deadline_seconds "activeDeadlineSeconds": Option<i64>,
        backoff_limit "backoffLimit": Option<i32>,
        completion_mode "completionMode": Option<String>,
        completions "completions": Option<i32>,
        parallelism "parallelism": Option<i32>,
        pod_failure_policy "podFailurePolicy": Option<PodFailurePolicy>,
        pod_replacement_policy "podReplacementPolicy": Option<String>,
        suspend "suspend": Option<bool>,
        template "template": PodTemplateSpec,
        ttl_seconds_after_finished "ttlSecondsAfterFinished": Option<i32>,
    }

    PodFailurePolicy {
        rules "rules": Vec<PodFailurePolicyRule>,
    }

    PodFailurePolicyRule {
        action "action": String,
        on_exit_codes "onExitCodes": Option<PodFailurePolicyOnExitCodesRequirement>,
    }

    PodFailurePolicyOnExitCodesRequirement {
        container_name "containerName": Option<String>,
        operator "operator": String,
        values "values": Vec<i32>,
    }

    CronJob {
        spec "spec": CronJobSpec,
    }

    CronJobSpec {
        job_template "jobTemplate": JobTemplateSpec,
        schedule "schedule": String,
        suspend "suspend": Option<bool>,
    }

    JobTemplateSpec {
        spec "spec": Option<JobSpec>,
    }
}
