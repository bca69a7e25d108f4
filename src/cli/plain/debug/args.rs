//! Flags of `debug`, as kubectl names them, and the form that they make.

use clap::{Args, ValueEnum};

use super::super::super::args::Place;
use super::super::args::Output;
use super::super::failure::Failure;
use super::{input, pairs};
use crate::debug::{CopyForm, Form, Keep, Profile};

/// What is debugged, and how.
#[derive(Clone, Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct Debugging {
    /// POD or KIND/NAME (pod/web-0, node/node-a); can be several
    #[arg(value_name = "OBJECT")]
    pub objects: Vec<String>,
    /// What the container runs
    #[arg(value_name = "COMMAND", last = true)]
    pub command: Vec<String>,
    /// A file with the object; - is standard input
    #[arg(short, long, value_name = "FILE", value_delimiter = ',')]
    pub filename: Vec<String>,
    /// The image of the debug container
    #[arg(long, value_name = "IMAGE", default_value = "", hide_default_value = true)]
    pub image: String,
    /// The name of the debug container, or which container of the copy is changed
    #[arg(short, long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub container: String,
    /// The container whose processes an ephemeral container shall see
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub target: String,
    /// A variable of the container; can be given more than once
    #[arg(long, value_name = "NAME=VALUE")]
    pub env: Vec<String>,
    /// When the image is pulled (Always, Never or, if it is not there, `IfNotPresent`)
    #[arg(long, value_name = "POLICY", default_value = "", hide_default_value = true)]
    pub image_pull_policy: String,
    /// COMMAND is for the image's own entrypoint
    #[arg(long)]
    pub arguments_only: bool,
    /// general, baseline, restricted, netadmin or sysadmin
    #[arg(long, value_name = "PROFILE", default_value = "general")]
    pub profile: String,
    /// A file with a part of a container, JSON or YAML, that is laid over what the profile makes
    #[arg(long, value_name = "FILE", default_value = "", hide_default_value = true)]
    pub custom: String,
    /// Keep standard input open
    #[arg(short = 'i', long)]
    pub stdin: bool,
    /// Give it a terminal
    #[arg(short, long)]
    pub tty: bool,
    /// Wait for the container and attach to it; with -i the default
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub attach: Option<bool>,
    /// Say nothing but what goes wrong
    #[arg(short, long)]
    pub quiet: bool,
    /// Of a copy
    #[command(flatten)]
    pub copy: Copying,
    /// Send nothing (client), or let the server say what would come of it (server)
    #[arg(long, value_name = "WHO", num_args = 0..=1, require_equals = true, default_value = "none", default_missing_value = "client", hide_default_value = true)]
    pub dry_run: DryRun,
    /// Print the pod, or the patch, that is sent, and what the server makes of it unless that is not asked
    #[arg(short, long, value_name = "FORM")]
    pub output: Option<Output>,
    /// Where to look
    #[command(flatten)]
    pub place: Place,
}

/// The flags of a copy.
#[derive(Clone, Debug, Args)]
#[command(next_help_heading = "A copy of the pod")]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub struct Copying {
    /// Make a copy of the pod with this name
    #[arg(long, value_name = "NAME", default_value = "", hide_default_value = true)]
    pub copy_to: String,
    /// Kill the original when the copy is made
    #[arg(long)]
    pub replace: bool,
    /// Put the copy onto the same node
    #[arg(long)]
    pub same_node: bool,
    /// The image of a container (* is every one); can be given more than once
    #[arg(long, value_name = "NAME=IMAGE")]
    pub set_image: Vec<String>,
    /// All containers of the copy see each other's processes; the default unless the pod says otherwise
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub share_processes: Option<bool>,
    /// Keep the labels, so that services and controllers see the copy
    #[arg(long)]
    pub keep_labels: bool,
    /// Keep the annotations
    #[arg(long)]
    pub keep_annotations: bool,
    /// Keep the liveness probes
    #[arg(long)]
    pub keep_liveness: bool,
    /// Keep the readiness probes
    #[arg(long)]
    pub keep_readiness: bool,
    /// Keep the startup probes
    #[arg(long)]
    pub keep_startup: bool,
    /// Keep the init containers, which is the default
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true", hide_possible_values = true)]
    pub keep_init_containers: Option<bool>,
}

/// Whether anything is changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DryRun {
    /// It is
    None,
    /// Nothing is sent
    Client,
    /// It is sent, and the server does everything but keep it
    Server,
}

impl Debugging {
    /// The form, with the custom profile read from its file. Fails as kubectl does, in its order.
    pub fn form(&self) -> Result<Form, Failure> {
        let env = pairs::parse("env", &self.env)?;
        let set_image = pairs::parse("set-image", &self.copy.set_image)?;
        let profile = Profile::parse(&self.profile).map_err(Failure::Usage)?;
        let custom = if self.custom.is_empty() { None } else { input::custom(&self.custom)? };
        Ok(Form {
            image: self.image.clone(),
            container: self.container.clone(),
            target: self.target.clone(),
            env,
            pull_policy: self.image_pull_policy.clone(),
            command: self.command.clone(),
            arguments_only: self.arguments_only,
            profile,
            custom,
            stdin: self.stdin,
            tty: self.tty,
            attach: self.attach,
            quiet: self.quiet,
            copy: self.copy.form(set_image),
        })
    }
}

impl Copying {
    fn form(&self, set_image: Vec<(String, String)>) -> CopyForm {
        CopyForm {
            to: self.copy_to.clone(),
            replace: self.replace,
            same_node: self.same_node,
            set_image,
            share_processes: self.share_processes,
            keep: Keep {
                labels: self.keep_labels,
                annotations: self.keep_annotations,
                liveness: self.keep_liveness,
                readiness: self.keep_readiness,
                startup: self.keep_startup,
                init_containers: self.keep_init_containers.unwrap_or(true),
            },
            always_strip: false,
        }
    }
}
