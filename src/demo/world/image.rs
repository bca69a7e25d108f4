//! The images of the world's registries, and what the programs in them do.
//!
//! A manifest says what should run; this says what running it is like: how long a pull takes, what is logged,
//! when it ends, what it listens on. Start with [`Catalogue::find`].

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::tools;
use crate::demo::json::{list, text};

/// An image, all its tags alike unless they are named.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Image {
    /// Repository, as in manifests, without `docker.io/library/`.
    pub name: String,
    /// The tags that exist; empty: every tag does.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Whether the registry gives it only to those who say who they are.
    #[serde(default)]
    pub denied: bool,
    /// What the runtime says of the registry, if that does not give it out: `{host}`, `{path}` and `{tag}` are filled in.
    #[serde(default)]
    pub broken: Option<String>,
    /// The architectures that its index names; empty: every one.
    #[serde(default)]
    pub platforms: Vec<String>,
    /// The architecture of an image without an index: it is pulled on any machine, and runs on one like this.
    #[serde(default)]
    pub built_for: Option<String>,
    /// Bytes.
    #[serde(default = "default_size")]
    pub size: u64,
    /// Seconds that a pull takes.
    #[serde(default = "default_pull")]
    pub pull: f64,
    /// The distribution: `debian`, `ubuntu`, `alpine`, `busybox`, `netshoot`, or `distroless`, which has no shell and no
    /// tools.
    #[serde(default = "default_base")]
    pub base: String,
    /// Who it runs as; `root` unless said.
    #[serde(default = "default_user")]
    pub user: String,
    /// The command when the manifest gives none.
    #[serde(default)]
    pub command: Vec<String>,
    /// Files beside those of the distribution.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
    /// What its own command does.
    #[serde(default)]
    pub program: Program,
}

/// What a program does while it runs.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Program {
    /// Lines at the start, 40 ms apart.
    pub start: Vec<String>,
    /// Seconds between the lines that follow; zero: it is silent.
    pub every: f64,
    /// Those lines, in turn. `{n}` is a number, `{ms}` a duration, `{id}` an id, `{ip}` an address.
    pub lines: Vec<String>,
    /// When and how it ends by itself.
    pub exit: Option<Exit>,
    /// How much memory it comes to need.
    pub memory: Option<Memory>,
    /// What it must find when it starts; the first that is missing is its end.
    pub needs: Vec<Need>,
    /// The service (`name.namespace`) that it waits for; then it ends as `exit` says.
    pub until: Option<String>,
    /// The service without which it answers 503 to every path.
    pub leans_on: Option<String>,
    /// What it writes to a disk.
    pub fills: Option<Fill>,
    /// Seconds until it listens.
    pub ready_after: f64,
    /// Seconds that it takes to answer.
    pub latency: f64,
    /// Ports that it listens on.
    pub listens: Vec<i64>,
    /// HTTP paths that it knows.
    pub paths: Vec<String>,
    /// Seconds between being asked to stop and stopping; more than the grace period means being killed.
    pub stop: Option<f64>,
    /// A file that it writes once it is up.
    pub touches: Option<String>,
    /// Whether it is a shell that waits for input: it ends at once without one.
    pub shell: bool,
    /// Whether what it does is found out by running it: not from a catalogue.
    #[serde(skip)]
    pub live: bool,
}

/// How a program ends by itself.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exit {
    /// Seconds after the start.
    pub after: f64,
    /// The exit code.
    pub code: i64,
    /// Its last lines.
    #[serde(default)]
    pub lines: Vec<String>,
    /// What it writes as its termination message.
    #[serde(default)]
    pub message: String,
}

/// Something that a program needs of its surroundings: one of the four, and how it ends without it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    /// An environment variable that is set.
    #[serde(default)]
    pub env: Option<String>,
    /// A service (`name.namespace`) with a pod that is ready.
    #[serde(default)]
    pub service: Option<String>,
    /// A file, of the image or of a volume.
    #[serde(default)]
    pub file: Option<String>,
    /// A directory that it may write to.
    #[serde(default)]
    pub writes: Option<String>,
    /// How it ends without it.
    pub exit: Exit,
}

/// Data written to a disk.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fill {
    /// The directory.
    pub path: String,
    /// How much, as a quantity.
    pub size: String,
    /// Seconds until that much is there.
    pub after: f64,
}

/// A growing need for memory.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Memory {
    /// What it needs in the end, as a quantity.
    pub needs: String,
    /// Seconds until it has grown past its limit, if the limit is lower.
    pub after: f64,
}

fn default_size() -> u64 {
    28_400_000
}
fn default_pull() -> f64 {
    1.8
}
fn default_base() -> String {
    "debian".to_owned()
}
fn default_user() -> String {
    "root".to_owned()
}

/// All images that can be pulled or be refused.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Catalogue(Vec<Image>);

/// What a registry says to a reference.
#[derive(Debug)]
pub enum Pull<'a> {
    /// Here it is.
    Found(&'a Image),
    /// It exists, but not for everybody.
    Denied(&'a Image),
    /// The registry, or the way to it, is in trouble.
    Broken(String),
    /// No such repository or tag.
    NotFound,
    /// No such registry.
    NoHost(String),
}

impl Catalogue {
    /// Reads the catalogue.
    pub fn parse(yaml: &str) -> Result<Self, serde_yaml::Error> {
        serde_yaml::from_str(yaml)
    }

    /// Asks the registry that a reference names.
    pub fn find(&self, reference: &str) -> Pull<'_> {
        let (repository, tag) = split(reference);
        let repository = repository.trim_start_matches("docker.io/").trim_start_matches("library/");
        if let Some(host) = repository.split('/').next().filter(|host| host.ends_with(".invalid")) {
            return Pull::NoHost(host.to_owned());
        }
        let matches = |image: &&Image| {
            image.name == repository && (image.tags.is_empty() || image.tags.iter().any(|known| known == tag))
        };
        match self.0.iter().find(matches) {
            Some(Image { broken: Some(words), .. }) => Pull::Broken(fill_in(words, reference)),
            Some(image) if image.denied => Pull::Denied(image),
            Some(image) => Pull::Found(image),
            None => Pull::NotFound,
        }
    }

    /// The image, when it can be had.
    pub fn get(&self, reference: &str) -> Option<&Image> {
        match self.find(reference) {
            Pull::Found(image) => Some(image),
            _ => None,
        }
    }

    /// What a container of a pod runs: its image's program, or what its own command amounts to.
    pub fn program(&self, container: &Value) -> Program {
        let image = self.get(text(container, "/image"));
        let own = || image.map(|image| image.program.clone()).unwrap_or_default();
        let words = |field: &str| -> Vec<&str> { list(container, field).iter().filter_map(Value::as_str).collect() };
        let (command, args) = (words("/command"), words("/args"));
        if command.is_empty() && (args.is_empty() || image.is_some_and(|image| !image.program.shell)) {
            return own();
        }
        let line: Vec<&str> = command.into_iter().chain(args).collect();
        if image.is_some_and(|image| !image.command.is_empty() && image.command.iter().eq(line.iter())) {
            return own();
        }
        from_command(&line)
    }
}

/// What a plain command does: enough of `sh`, `sleep` and their like for pods that people make themselves.
fn from_command(line: &[&str]) -> Program {
    let name = line.first().map_or("", |path| path.rsplit('/').next().unwrap_or(path));
    let mut program = Program { stop: Some(60.0), ..Program::default() };
    match (name, line.get(1..).unwrap_or_default()) {
        ("sh" | "bash" | "ash", [] | ["-i" | "-l"]) => program.shell = true,
        ("sh" | "bash" | "ash", ["-c", script, ..]) if is_live(script) => program.live = true,
        ("sh" | "bash" | "ash", ["-c", script, ..]) => script_effects(script, &mut program),
        ("sleep", ["infinity"]) | ("tail", _) => {}
        ("sleep", [time, ..]) => program.exit = time.parse().ok().map(|after| exit(after, 0)),
        ("false", _) => program.exit = Some(exit(0.1, 1)),
        ("echo", words) => {
            program.start = vec![words.join(" ")];
            program.exit = Some(exit(0.1, 0));
        }
        _ if tools::is_known(name) => program.live = true,
        _ => program.exit = Some(exit(0.1, 0)),
    }
    program
}

/// Whether a script is more than what follows from time alone.
fn is_live(script: &str) -> bool {
    let statements = script.split([';', '\n']).flat_map(|part| part.split("&&")).map(str::trim);
    let words: Vec<&str> = statements.map(|statement| statement.split(' ').next().unwrap_or_default()).collect();
    let loops = ["while", "until", "for", "tail"].iter().any(|word| words.contains(word));
    let plain = ["", "sleep", "echo", "true", "false", "exit", "set", ":"];
    !loops && (script.contains(['$', '|', '>', '`', '"', '\'']) || words.iter().any(|word| !plain.contains(word)))
}

/// The plain statements of a script, one after the other: `echo`, `sleep`, `exit`. A loop runs for ever.
fn script_effects(script: &str, program: &mut Program) {
    let (mut elapsed, mut code) = (0.1, 0);
    for statement in script.split([';', '\n']).flat_map(|part| part.split("&&")).map(str::trim) {
        let (word, rest) = statement.split_once(' ').unwrap_or((statement, ""));
        match word {
            "while" | "until" | "for" | "tail" => return,
            "sleep" => match rest.trim().parse::<f64>() {
                Ok(seconds) => elapsed += seconds,
                Err(_) => return,
            },
            "echo" => program.start.push(rest.trim_matches(['"', '\'']).to_owned()),
            "false" => code = 1,
            "exit" => {
                code = rest.trim().parse().unwrap_or(code);
                break;
            }
            _ => {}
        }
    }
    program.exit = Some(exit(elapsed, code));
}

/// A quiet end.
pub fn exit(after: f64, code: i64) -> Exit {
    Exit { after, code, lines: Vec::new(), message: String::new() }
}

/// How a command that is run beside the program ends, such as a hook: seconds, and the exit code.
pub fn outcome(command: &[&str]) -> (f64, i64) {
    from_command(command).exit.map_or((0.2, 0), |exit| (exit.after, exit.code))
}

/// The words of a registry with the places of a reference.
fn fill_in(words: &str, reference: &str) -> String {
    let full = full_name(reference);
    let (repository, tag) = split(&full);
    let (host, path) = repository.split_once('/').unwrap_or((repository, ""));
    words.replace("{host}", host).replace("{path}", path).replace("{tag}", tag)
}

/// What the runtime says of a reference that is none.
pub fn invalid_name(reference: &str) -> Option<String> {
    let (repository, _) = split(reference);
    let capital = |text: &str| text.chars().any(|c| c.is_ascii_uppercase());
    // A first part with a capital letter counts as a registry.
    let path = match repository.split_once('/') {
        None => format!("library/{repository}"),
        Some((host, path)) if host.contains(['.', ':']) || host == "localhost" || capital(host) => path.to_owned(),
        Some(_) => repository.to_owned(),
    };
    let why = format!("invalid reference format: repository name ({path}) must be lowercase");
    capital(&path).then(|| {
        format!("Failed to apply default image tag {reference:?}: couldn't parse image name {reference:?}: {why}")
    })
}

/// Repository and tag (or digest) of a reference.
pub fn split(reference: &str) -> (&str, &str) {
    if let Some((repository, digest)) = reference.split_once('@') {
        return (repository, digest);
    }
    match reference.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, tag),
        _ => (reference, "latest"),
    }
}

/// The reference with registry and tag, as the runtime writes it.
pub fn full_name(reference: &str) -> String {
    let (repository, tag) = split(reference);
    let repository = match repository.split_once('/') {
        None => format!("docker.io/library/{repository}"),
        Some((host, _)) if host.contains(['.', ':']) || host == "localhost" => repository.to_owned(),
        Some(_) => format!("docker.io/{repository}"),
    };
    let mark = if reference.contains('@') { '@' } else { ':' };
    format!("{repository}{mark}{tag}")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn references_are_read_as_the_runtime_reads_them() {
        assert_eq!(full_name("nginx"), "docker.io/library/nginx:latest");
        assert_eq!(full_name("shop/web:1"), "docker.io/shop/web:1");
        assert_eq!(full_name("ghcr.io/a/b:2"), "ghcr.io/a/b:2");
        assert_eq!(split("localhost:5000/a"), ("localhost:5000/a", "latest"));
    }

    #[test]
    fn a_registry_has_what_it_has() {
        let catalogue =
            Catalogue::parse("[{name: a/web, tags: ['1']}, {name: a/secret, denied: true}]").expect("valid");
        assert!(matches!(catalogue.find("a/web:1"), Pull::Found(_)));
        assert!(matches!(catalogue.find("docker.io/a/web:2"), Pull::NotFound));
        assert!(matches!(catalogue.find("a/secret:2"), Pull::Denied(_)));
        assert!(matches!(catalogue.find("registry.invalid/a:2"), Pull::NoHost(_)));
    }

    #[test]
    fn a_registry_in_trouble_says_which_image_it_was() {
        let words = "[{name: registry.x.dev/a/web, broken: 'Head \"https://{host}/v2/{path}/manifests/{tag}\": EOF'}]";
        let catalogue = Catalogue::parse(words).expect("valid");
        let Pull::Broken(said) = catalogue.find("registry.x.dev/a/web:3") else { panic!("it is broken") };
        assert_eq!(said, "Head \"https://registry.x.dev/v2/a/web/manifests/3\": EOF");
    }

    #[test]
    fn a_repository_is_written_in_small_letters() {
        let said = invalid_name("Shop/Checkout:v2").expect("no name");
        assert!(said.ends_with("invalid reference format: repository name (Checkout) must be lowercase"), "{said}");
        assert_eq!(invalid_name("shop/web:V2"), None);
    }

    #[test]
    fn commands_do_what_they_say() {
        let catalogue = Catalogue::parse("[{name: busybox, program: {shell: true}}]").expect("valid");
        let program = |command: Value| catalogue.program(&json!({"image": "busybox", "command": command}));
        assert!(program(json!([])).shell);
        assert_eq!(program(json!(["sleep", "5"])).exit.map(|exit| exit.after), Some(5.0));
        let script = program(json!(["sh", "-c", "echo hello; sleep 2; exit 3"]));
        assert_eq!(script.start, ["hello"]);
        assert_eq!(script.exit.map(|exit| exit.code), Some(3));
        assert!(program(json!(["sh", "-c", "id; echo $HOME"])).live && program(json!(["ps"])).live);
        assert!(program(json!(["sh", "-c", "while true; do sleep 1; done"])).exit.is_none());
    }
}
