import contract.Serve;

/** Endive's host. Its compiler is no mode: no package of it has the version of the runtime. */
final class Main {
    private Main() {}

    public static void main(String[] args) {
        Serve.main(args, new Interpreter());
    }
}
