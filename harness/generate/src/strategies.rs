//! Draws operations: which comes next, on what, given what is there. proptest draws, and shrinks what it drew.

use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;
use proptest_state_machine::ReferenceStateMachine;

use crate::operation::{OpenFlags, Operation, Step, Whence};
use crate::world::{Sort, World, joined};

/// The names that files and folders get.
const NAMES: [&str; 5] = ["a", "b", "c", "d", "e"];

/// How deep folders are made in each other.
const DEEPEST: usize = 3;

/// How files are opened. Those in front are simpler.
const HOW: [OpenFlags; 23] = [
    "rdonly",
    "rdwr",
    "create,rdwr",
    "create,wronly",
    "create,trunc,rdwr",
    "create,excl,rdwr",
    "create,append,rdwr",
    "create,append,wronly",
    "wronly",
    "append,wronly",
    "append,rdwr",
    "trunc,rdwr",
    "trunc,wronly",
    "sync,rdwr",
    "create,rdonly",
    "create,excl,wronly",
    "create,excl,trunc,wronly",
    "directory,rdonly",
    "nofollow,rdonly",
    "nofollow,rdwr",
    "create,nofollow,rdwr",
    "directory,nofollow,rdonly",
    "create,trunc,append,rdwr",
];

/// Sizes and offsets: a few, and around a page and a buffer. What no bytes at all are written to or read from is left open
/// by POSIX, so only lengths and offsets are also 0.
const SIZES: [u64; 9] = [1, 3, 5, 2, 10, 64, 4096, 4097, 70_000];

/// The rules by which sequences are drawn.
#[derive(Debug)]
pub(crate) struct Machine;

impl ReferenceStateMachine for Machine {
    type State = World;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<World> {
        Just(World::default()).boxed()
    }

    fn transitions(world: &World) -> BoxedStrategy<Step> {
        let number = world.steps;
        let plain = operation(world).prop_map(move |operation| Step { number, root: None, operation }).boxed();
        let folders = world.paths(Sort::Folder);
        if folders.is_empty() {
            return plain;
        }
        let choices = folders.into_iter().map(|folder| (1, in_root(world, number, folder)));
        Union::new_weighted(vec![(9, plain), (1, Union::new_weighted(choices.collect()).boxed())]).boxed()
    }

    fn apply(mut world: World, step: &Step) -> World {
        world.apply(step);
        world.steps = step.number + 1;
        world
    }
}

/// An operation through an `os.Root` in a folder.
fn in_root(world: &World, number: usize, folder: String) -> BoxedStrategy<Step> {
    let below = format!("{folder}/");
    let mut paths: Vec<String> = world.paths(Sort::Any);
    paths.retain(|path| path.starts_with(&below));
    let mut paths: Vec<String> = paths.iter().map(|path| path[below.len()..].to_owned()).collect();
    paths.extend(NAMES.iter().take(3).map(|name| (*name).to_owned()));
    let (_, free) = world.handles();
    let mut choices = on_paths(select(paths.clone()).boxed(), select(paths).boxed());
    choices.extend(open(free, select(NAMES.map(str::to_owned).to_vec()).boxed()));
    Union::new_weighted(choices)
        .prop_map(move |operation| Step { number, root: Some(folder.clone()), operation })
        .boxed()
}

/// The next operation in the sequence's own folder.
fn operation(world: &World) -> BoxedStrategy<Operation> {
    let (open_handles, free) = world.handles();
    let (file, fresh) = (path(world, Sort::File), fresh(world));
    let is_young = world.paths(Sort::Any).len() < 3;
    let makes = if is_young { 12 } else { 3 };
    let mut choices = on_paths(path(world, Sort::Any), fresh.clone());
    choices.extend(open(free.clone(), Union::new_weighted(vec![(3, file.clone()), (2, fresh.clone())]).boxed()));
    choices.extend(open(free, fresh.clone()).map(|(_, strategy)| (makes, strategy)));
    choices.push((makes, fresh.clone().prop_map(Operation::Mkdir).boxed()));
    choices.push((3, (file, offset()).prop_map(|(path, size)| Operation::Truncate(path, size)).boxed()));
    choices.push((2, path(world, Sort::Any).prop_map(Operation::Unlink).boxed()));
    let folder = path(world, Sort::Folder);
    choices.push((2, folder.clone().prop_map(Operation::Rmdir).boxed()));
    // Only to be listed: Go cleans the path before a runtime sees it, and Linux does not.
    let listed = Union::new_weighted(vec![(3, folder), (1, Just(".".to_owned()).boxed())]).boxed();
    choices.push((3, listed.clone().prop_map(Operation::List).boxed()));
    choices.push((2, pieces(world, listed)));
    if !open_handles.is_empty() {
        choices.push((14, on_handle(open_handles)));
    }
    Union::new_weighted(choices).boxed()
}

type Choice = (u32, BoxedStrategy<Operation>);

/// The operations on paths that an `os.Root` has, too, except opening.
fn on_paths(path: BoxedStrategy<String>, fresh: BoxedStrategy<String>) -> Vec<Choice> {
    let two = || (path.clone(), Union::new_weighted(vec![(3, fresh.clone()), (2, path.clone())]));
    vec![
        (2, Union::new_weighted(vec![(3, fresh.clone()), (1, path.clone())]).prop_map(Operation::Mkdir).boxed()),
        (3, path.clone().prop_map(Operation::Remove).boxed()),
        (4, two().prop_map(|(from, to)| Operation::Rename(from, to)).boxed()),
        (3, two().prop_map(|(from, to)| Operation::Link(from, to)).boxed()),
        (4, symlink(two().1.boxed(), path.clone())),
        (2, path.clone().prop_map(Operation::Readlink).boxed()),
        (2, path.clone().prop_map(Operation::Stat).boxed()),
        (2, path.clone().prop_map(Operation::Lstat).boxed()),
        (2, (path, 0..4u64).prop_map(|(path, seconds)| Operation::Chtimes(path, seconds)).boxed()),
    ]
}

fn open(free: Vec<usize>, path: BoxedStrategy<String>) -> Option<Choice> {
    let strategy = |free: Vec<usize>| {
        let all = (select(free), select(&HOW[..]), path);
        all.prop_map(|(handle, how, path)| Operation::Open { handle, how, path }).boxed()
    };
    (!free.is_empty()).then(|| (5, strategy(free)))
}

fn on_handle(open: Vec<usize>) -> BoxedStrategy<Operation> {
    let handle = select(open).boxed();
    let with_size = |make: fn(usize, u64) -> Operation| {
        (handle.clone(), size()).prop_map(move |(handle, size)| make(handle, size)).boxed()
    };
    let letter = || select(vec!['a', 'k', 'v']);
    let write = (handle.clone(), size(), letter());
    let pwrite = (handle.clone(), size(), offset(), letter());
    let whence = select(vec![Whence::Start, Whence::Current, Whence::End]);
    let seek = (handle.clone(), prop_oneof![3 => 0..8i64, 2 => -6..0i64, 1 => Just(5000i64)], whence);
    Union::new_weighted(vec![
        (3, handle.clone().prop_map(Operation::Close).boxed()),
        (2, handle.clone().prop_map(Operation::Fstat).boxed()),
        (1, handle.clone().prop_map(Operation::Sync).boxed()),
        (3, (handle.clone(), offset()).prop_map(|(handle, size)| Operation::Ftruncate(handle, size)).boxed()),
        (4, with_size(Operation::Read)),
        (3, (handle, size(), offset()).prop_map(|(handle, size, at)| Operation::Pread(handle, size, at)).boxed()),
        (6, write.prop_map(|(handle, size, letter)| Operation::Write(handle, size, letter)).boxed()),
        (3, pwrite.prop_map(|(handle, size, at, letter)| Operation::Pwrite(handle, size, at, letter)).boxed()),
        (4, seek.prop_map(|(handle, offset, whence)| Operation::Seek(handle, offset, whence)).boxed()),
    ])
    .boxed()
}

/// A symbolic link. Its target is relative, and leads nowhere outside of the sequence's folder: what a runtime does with
/// others is its policy, and the cases about getting out have it.
fn symlink(path: BoxedStrategy<String>, target: BoxedStrategy<String>) -> BoxedStrategy<Operation> {
    let make = |(path, target, from_here): (String, String, bool)| {
        let depth = path.trim_end_matches('/').matches('/').count();
        let target = if from_here { format!("{}{target}", "../".repeat(depth)) } else { target };
        Operation::Symlink { target, path }
    };
    (path, target, any::<bool>()).prop_map(make).boxed()
}

fn pieces(world: &World, folder: BoxedStrategy<String>) -> BoxedStrategy<Operation> {
    let change = (any::<bool>(), path(world, Sort::File), select(NAMES.to_vec()));
    let make = |(dir, first, (removes, file, name)): (String, u64, (bool, String, &str))| {
        let path = if removes { file } else { joined(&dir, name) };
        Operation::Pieces { dir, first, removes, path }
    };
    (folder, 1..4u64, change).prop_map(make).boxed()
}

fn size() -> BoxedStrategy<u64> {
    let large = SIZES.len();
    prop_oneof![12 => select(&SIZES[..6]), 1 => select(&SIZES[6..large])].boxed()
}

fn offset() -> BoxedStrategy<u64> {
    prop_oneof![1 => Just(0), 6 => size()].boxed()
}

/// A path that leads to something of this sort, or at times anywhere else: to another thing, to what is gone, to nothing,
/// below a file, or with a slash behind it.
fn path(world: &World, sort: Sort) -> BoxedStrategy<String> {
    let mut choices = vec![(2, fresh(world))];
    let mut among = |weight: u32, paths: Vec<String>| {
        if !paths.is_empty() {
            choices.push((weight, select(paths).boxed()));
        }
    };
    among(16, world.paths(sort));
    among(3, world.paths(Sort::Any));
    among(2, world.paths(Sort::Link));
    among(2, world.gone());
    let links = world.paths(Sort::Link).into_iter();
    let odd = links.chain(world.paths(Sort::File)).chain(["e".to_owned()]);
    among(2, odd.map(|path| format!("{path}/a")).collect());
    among(1, world.paths(Sort::Any).into_iter().map(|path| format!("{path}/")).collect());
    Union::new_weighted(choices).boxed()
}

/// A name that may not be there yet, in a folder that is there.
fn fresh(world: &World) -> BoxedStrategy<String> {
    let mut folders = vec![String::new()];
    folders.extend(world.paths(Sort::Folder).into_iter().filter(|path| path.matches('/').count() + 2 < DEEPEST + 1));
    (select(folders), select(NAMES.to_vec())).prop_map(|(folder, name)| joined(&folder, name)).boxed()
}
