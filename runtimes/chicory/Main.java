import contract.Serve;

/** Chicory's host. */
final class Main {
    private Main() {}

    public static void main(String[] args) {
        Serve.main(args, new Interpreter(), new Compiler());
    }
}
