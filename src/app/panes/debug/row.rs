//! The rows of the debug form: which there are for each way to get inside, what they are called, what they mean.
//!
//! A table, and nothing that decides what is sent. Start with [`Way::rows`].

use crate::debug::Field;

/// The ways to get inside, as a person chooses among them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// An ephemeral container in the running pod.
    Ephemeral,
    /// A copy with one more container.
    NewContainer,
    /// A copy in which a container runs another command.
    Command,
    /// A copy with other images.
    Images,
    /// A pod on the node.
    Node,
}

/// A row of the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Row {
    /// The way.
    Way,
    /// The image of the debug container.
    Image,
    /// The image of a container of the copy, where it gets another one.
    OtherImage,
    /// Whose processes are seen.
    Target,
    /// Which container of the copy is changed.
    Changed,
    /// Containers and their other images.
    Images,
    /// What is run.
    Command,
    /// The profile.
    Profile,
    /// The name of the copy.
    CopyTo,
    /// Whether one is attached.
    Attach,
    /// The name of the debug container.
    Name,
    /// The namespace of a pod for a node.
    Namespace,
    /// Whether the containers of the copy see each other's processes.
    Share,
    /// Whether the copy stays on the node.
    SameNode,
    /// Whether the original goes.
    Replace,
    /// Environment variables.
    Env,
    /// When the image is pulled.
    Pull,
    /// Whether the command is arguments for the image's own.
    Arguments,
    /// Whether the copy keeps its labels.
    Labels,
    /// Whether it keeps its annotations.
    Annotations,
    /// Whether it keeps its probes.
    Probes,
    /// Whether it keeps its init containers.
    Init,
    /// How long it may live.
    Ttl,
    /// A part of a container laid over all of it.
    Custom,
}

/// What a row holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// A line that is typed.
    Text,
    /// One of several.
    Choice,
    /// Yes or no.
    Switch,
    /// A text of several lines, typed in a place of its own.
    Part,
}

impl Way {
    /// Those that a pod has, in the order in which they are offered.
    pub const OF_POD: [Self; 4] = [Self::Ephemeral, Self::NewContainer, Self::Command, Self::Images];

    /// What it is called.
    pub fn title(self) -> &'static str {
        match self {
            Self::Ephemeral => "a container in the running pod",
            Self::NewContainer => "a copy of the pod with one more container",
            Self::Command => "a copy of the pod with another command",
            Self::Images => "a copy of the pod with other images",
            Self::Node => "a pod on the node",
        }
    }

    /// Whether it makes a copy.
    pub fn is_copy(self) -> bool {
        matches!(self, Self::NewContainer | Self::Command | Self::Images)
    }

    /// Whether it makes a pod, which can be removed again.
    pub fn makes_pod(self) -> bool {
        self != Self::Ephemeral
    }

    /// Its rows: those that are always shown, and the others.
    pub fn rows(self) -> (&'static [Row], &'static [Row]) {
        use Row::{
            Annotations, Arguments, Attach, Changed, Command, CopyTo, Custom, Env, Image, Images, Init, Labels, Name,
            Namespace, OtherImage, Probes, Profile, Pull, Replace, SameNode, Share, Target, Ttl,
        };
        match self {
            Self::Ephemeral => {
                (&[Row::Way, Image, Target, Profile, Command, Attach], &[Name, Env, Pull, Arguments, Custom])
            }
            Self::NewContainer => (
                &[Row::Way, Image, CopyTo, Profile, Command, Share, Attach],
                &[Name, SameNode, Replace, Labels, Annotations, Probes, Init, Env, Pull, Arguments, Custom, Ttl],
            ),
            Self::Command => (
                &[Row::Way, Changed, Command, CopyTo, Profile, Attach],
                &[
                    OtherImage,
                    Share,
                    SameNode,
                    Replace,
                    Labels,
                    Annotations,
                    Probes,
                    Init,
                    Env,
                    Pull,
                    Arguments,
                    Custom,
                    Ttl,
                ],
            ),
            Self::Images => (&[Row::Way, Images, CopyTo, Labels], &[Share, SameNode, Replace, Ttl]),
            Self::Node => (&[Image, Profile, Command, Attach], &[Namespace, Name, Env, Pull, Arguments, Custom, Ttl]),
        }
    }
}

impl Row {
    /// What stands before its value.
    pub fn label(self) -> &'static str {
        match self {
            Self::Way => "debug with",
            Self::Image => "image",
            Self::OtherImage => "its image",
            Self::Target => "processes of",
            Self::Changed => "container",
            Self::Images => "images",
            Self::Command => "command",
            Self::Profile => "profile",
            Self::CopyTo => "name of copy",
            Self::Attach => "then",
            Self::Name => "container name",
            Self::Namespace => "namespace",
            Self::Share => "shared processes",
            Self::SameNode => "same node",
            Self::Replace => "replace the pod",
            Self::Env => "environment",
            Self::Pull => "pull the image",
            Self::Arguments => "arguments only",
            Self::Labels => "keep labels",
            Self::Annotations => "keep annotations",
            Self::Probes => "keep probes",
            Self::Init => "keep init",
            Self::Ttl => "ends after",
            Self::Custom => "custom part",
        }
    }

    /// What is meant by it, where its value does not say that.
    pub fn about(self) -> &'static str {
        match self {
            Self::Images => "container=image …; * is every other one",
            Self::Command => "nothing: what the image runs",
            Self::OtherImage => "nothing: the one that it has",
            Self::Name | Self::CopyTo => "nothing: a name is made up",
            Self::Env => "NAME=value …",
            Self::Ttl => "30m, 2h; nothing: never",
            Self::Replace => "the original is deleted at once",
            Self::Labels => "with them services send it requests",
            Self::Arguments => "the command is given to the image's own program",
            Self::Namespace => "where the pod is made",
            Self::Init => "init containers of the copy",
            _ => "",
        }
    }

    /// What it holds.
    pub fn holds(self) -> Holds {
        match self {
            Self::Image
            | Self::OtherImage
            | Self::Images
            | Self::Command
            | Self::CopyTo
            | Self::Name
            | Self::Namespace
            | Self::Env
            | Self::Ttl => Holds::Text,
            Self::Way | Self::Target | Self::Changed | Self::Profile | Self::Attach | Self::Share | Self::Pull => {
                Holds::Choice
            }
            Self::SameNode
            | Self::Replace
            | Self::Arguments
            | Self::Labels
            | Self::Annotations
            | Self::Probes
            | Self::Init => Holds::Switch,
            Self::Custom => Holds::Part,
        }
    }

    /// The row in which something that is wrong with a form can be changed.
    pub fn of(field: Field, way: Way) -> Self {
        match field {
            Field::Object if way == Way::Node => Self::Image,
            Field::Object => Self::Way,
            Field::Image if way == Way::Command => Self::OtherImage,
            Field::Image => Self::Image,
            Field::Container if way == Way::Command => Self::Changed,
            Field::Container => Self::Name,
            Field::Target => Self::Target,
            Field::PullPolicy => Self::Pull,
            Field::Command => Self::Command,
            Field::Profile => Self::Profile,
            Field::Custom => Self::Custom,
            Field::Tty | Field::Attach => Self::Attach,
            Field::CopyTo => Self::CopyTo,
            Field::Replace => Self::Replace,
            Field::SameNode => Self::SameNode,
            Field::SetImage => Self::Images,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_row_is_there_twice_and_each_has_a_label_of_its_own() {
        for way in Way::OF_POD.into_iter().chain([Way::Node]) {
            let (first, more) = way.rows();
            let all: Vec<_> = first.iter().chain(more).collect();
            let labels: BTreeSet<_> = all.iter().map(|row| row.label()).collect();
            assert_eq!(labels.len(), all.len(), "{way:?}");
            assert_eq!(way.makes_pod(), all.contains(&&Row::Ttl), "only pods can end by themselves");
        }
    }
}
