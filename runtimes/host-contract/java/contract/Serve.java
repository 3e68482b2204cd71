package contract;

import com.google.gson.JsonObject;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.stream.Collectors;

/** The frame the Java hosts share: command line, request checks, timing of the compiler, the result. */
public final class Serve {
    /**
     * Bytes of stack for the thread a guest runs on. These engines run WebAssembly frames on the Java stack,
     * and Go nests more calls than the one megabyte that a Java thread has by default can hold.
     */
    private static final long STACK = 64L << 20;

    private static final String HELP = """
            Runs a WASI preview 1 guest as a request asks and says how it ended.

            usage: %1$s REQUEST.json RESULT.json    run the guest with this process's stdio
                   %1$s --prepare MODULE CACHE      compile MODULE into the folder CACHE, unless it is there
                   %1$s --fields                    the optional request fields this host honours, as JSON
                   %1$s --version                   the version of the engine in use
                   %1$s --mode NAME …               any of these in that mode; %2$s

            exit codes: 0 RESULT is written, whatever the guest did; 64 the request asks for what this host does
            not do; 2 bad request or command line; anything else: the host failed.
            The request and the result are described in runtimes/host-contract/README.md.""";

    private Serve() {}

    /**
     * Answers the process's command line, and ends the process.
     *
     * @param hosts the same engine in each of its modes, the default first
     */
    public static void main(String[] args, Host<?>... hosts) {
        int exitCode = 0;
        try {
            choose(hosts, args);
        } catch (Failure failure) {
            System.err.println(hosts[0].name() + ": " + failure.getMessage());
            exitCode = failure.exitCode();
        }
        // Not by returning: engines keep threads of their own, and the guest's end is the host's.
        System.exit(exitCode);
    }

    /** Lets the mode that the command line asks for answer the rest of it. */
    private static void choose(Host<?>[] hosts, String[] args) throws Failure {
        String help = HELP.formatted(hosts[0].name(), modes(hosts));
        if (args.length < 2 || !args[0].equals("--mode")) {
            answer(hosts[0], help, args);
            return;
        }
        for (Host<?> host : hosts) {
            if (args[1].equals(host.mode())) {
                answer(host, help, Arrays.copyOfRange(args, 2, args.length));
                return;
            }
        }
        throw Failure.usage("no mode " + args[1] + "; " + modes(hosts));
    }

    /** The modes in words. */
    private static String modes(Host<?>[] hosts) {
        if (hosts[0].mode() == null) {
            return "this host has none";
        }
        String others = Arrays.stream(hosts).skip(1).map(host -> ", " + host.mode()).collect(Collectors.joining());
        return "modes: " + hosts[0].mode() + " (the default)" + others;
    }

    private static void answer(Host<?> host, String help, String[] args) throws Failure {
        String first = args.length == 0 ? "" : args[0];
        if (args.length == 1 && (first.equals("--help") || first.equals("-h"))) {
            say(help);
        } else if (args.length == 1 && first.equals("--version")) {
            say(host.name() + " " + host.version());
        } else if (args.length == 1 && first.equals("--fields")) {
            say(Field.toJson(host.fields()));
        } else if (args.length == 3 && first.equals("--prepare")) {
            prepare(host, path(args[1]), path(args[2]));
        } else if (args.length == 2 && !first.startsWith("--")) {
            run(host, path(first), path(args[1]));
        } else {
            throw Failure.usage("bad command line\n" + help);
        }
    }

    private static <M> void prepare(Host<M> host, Path module, Path cache) throws Failure {
        byte[] wasm = read(module);
        long started = System.nanoTime();
        Code code = onGuestThread(() -> {
            try {
                return host.take(wasm, Request.bare(module, cache)).code();
            } catch (Refused refused) {
                throw Failure.host("the engine refuses the module", refused.getCause());
            }
        });
        JsonObject prepared = new JsonObject();
        prepared.addProperty("code", code.toString());
        prepared.addProperty("compile-ns", System.nanoTime() - started);
        say(prepared.toString());
    }

    private static <M> void run(Host<M> host, Path requestPath, Path resultPath) throws Failure {
        Request request = RequestReader.read(new String(read(requestPath), StandardCharsets.UTF_8), requestPath);
        check(host, request);
        byte[] wasm = read(request.module());
        Report report = new Report(host.version());
        onGuestThread(() -> {
            guest(host, request, wasm, report);
            return null;
        });
        try {
            report.write(resultPath);
        } catch (IOException error) {
            throw Failure.host("cannot write " + resultPath, error);
        }
    }

    private static <M> void guest(Host<M> host, Request request, byte[] wasm, Report report) throws Failure {
        long started = System.nanoTime();
        Host.Taken<M> taken;
        try {
            taken = host.take(wasm, request);
        } catch (Refused refused) {
            report.stopped(refused.trap(), refused.getMessage());
            return;
        } finally {
            report.compileNanos(System.nanoTime() - started);
        }
        report.code(taken.code());
        host.run(taken.module(), request, report);
    }

    private static void check(Host<?> host, Request request) throws Failure {
        Set<Field> beyond = request.fields();
        beyond.removeAll(host.fields());
        if (!beyond.isEmpty()) {
            String names = beyond.stream().map(field -> "`" + field + "`").collect(Collectors.joining(", "));
            throw Failure.unsupported("the request asks for " + names + ", which this host does not do; see --fields");
        }
        for (Request.Dir dir : request.dirs()) {
            if (!Files.isDirectory(dir.host())) {
                throw Failure.usage("the request maps " + dir.guest() + " to " + dir.host()
                        + ", which is no folder: create it first");
            }
        }
    }

    private static <T> T onGuestThread(Callable<T> work) throws Failure {
        FutureTask<T> task = new FutureTask<>(work);
        new Thread(null, task, "guest", STACK).start();
        try {
            return task.get();
        } catch (ExecutionException error) {
            if (error.getCause() instanceof Failure failure) {
                throw failure;
            }
            StringWriter trace = new StringWriter();
            error.getCause().printStackTrace(new PrintWriter(trace, true));
            throw Failure.host("the host failed\n" + trace, null);
        } catch (InterruptedException error) {
            throw Failure.host("the host was interrupted", error);
        }
    }

    private static byte[] read(Path path) throws Failure {
        try {
            return Files.readAllBytes(path);
        } catch (IOException error) {
            throw Failure.usage("cannot read " + path + ": " + error);
        }
    }

    private static Path path(String name) throws Failure {
        try {
            return Path.of(name);
        } catch (InvalidPathException error) {
            throw Failure.usage("this Java cannot name the file " + name + ": " + error.getMessage());
        }
    }

    private static void say(String words) throws Failure {
        System.out.println(words);
        if (System.out.checkError()) {
            throw Failure.host("cannot write to stdout", null);
        }
    }
}
