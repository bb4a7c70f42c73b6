import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.ModuleTree;
import com.sun.source.tree.VariableTree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.TreePathScanner;
import com.sun.tools.javac.code.Flags;
import com.sun.tools.javac.tree.JCTree;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.lang.model.element.Modifier;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/** Paths in on stdin, one a line; out come "F path" for each that javac parses, and "D kind line name" for its definitions. */
public class JavaOracle extends TreePathScanner<Void, Void> {
    private static final Pattern NAME =
            Pattern.compile("(?:\\s|//[^\\n]*|/\\*.*?\\*/|@?\\b(?:class|interface|enum|record)\\b)*", Pattern.DOTALL);

    private final CompilationUnitTree unit;
    private final CharSequence text;
    private final PrintStream out;

    JavaOracle(CompilationUnitTree unit, PrintStream out) throws IOException {
        this.unit = unit;
        this.text = unit.getSourceFile().getCharContent(true);
        this.out = out;
    }

    public static void main(String[] arguments) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        PrintStream out = new PrintStream(System.out, false, StandardCharsets.UTF_8);
        var input = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            for (String path; (path = input.readLine()) != null; ) {
                var problems = new DiagnosticCollector<JavaFileObject>();
                var task = (JavacTask) compiler.getTask(null, files, problems, null, null, files.getJavaFileObjects(path));
                Iterable<? extends CompilationUnitTree> units = task.parse();
                if (problems.getDiagnostics().stream().anyMatch(one -> one.getKind() == Diagnostic.Kind.ERROR)) {
                    continue;
                }
                out.println("F " + path);
                for (CompilationUnitTree unit : units) {
                    new JavaOracle(unit, out).scan(unit, null);
                }
            }
        }
        out.flush();
    }

    private void define(String kind, int position, CharSequence name) {
        out.println("D " + kind + " " + unit.getLineMap().getLineNumber(position) + " " + name);
    }

    @Override
    public Void visitClass(ClassTree tree, Void unused) {
        if (!tree.getSimpleName().isEmpty()) {
            // A class's own position is that of the word before its name.
            Matcher before = NAME.matcher(text).region(((JCTree) tree).pos, text.length());
            define(kindOf(tree), before.lookingAt() ? before.end() : ((JCTree) tree).pos, tree.getSimpleName());
        }
        return super.visitClass(tree, unused);
    }

    private static String kindOf(ClassTree tree) {
        return switch (tree.getKind()) {
            case INTERFACE, ANNOTATION_TYPE -> "interface";
            case ENUM -> "enum";
            default -> "class";
        };
    }

    @Override
    public Void visitMethod(MethodTree tree, Void unused) {
        boolean constructs = tree.getName().contentEquals("<init>");
        var owner = (ClassTree) getCurrentPath().getParentPath().getLeaf();
        define(constructs ? "constructor" : "method", ((JCTree) tree).pos, constructs ? owner.getSimpleName() : tree.getName());
        return super.visitMethod(tree, unused);
    }

    @Override
    public Void visitVariable(VariableTree tree, Void unused) {
        if (getCurrentPath().getParentPath().getLeaf() instanceof ClassTree) {
            String kind = kindOf(tree);
            // An enum constant's own position is that of its annotations; its type is put where its name stands.
            define(kind, ((JCTree) (kind.equals("enum_member") ? tree.getType() : tree)).pos, tree.getName());
        }
        return super.visitVariable(tree, unused);
    }

    private String kindOf(VariableTree tree) {
        if ((((JCTree.JCVariableDecl) tree).mods.flags & Flags.ENUM) != 0) {
            return "enum_member";
        }
        boolean constant = tree.getModifiers().getFlags().containsAll(List.of(Modifier.STATIC, Modifier.FINAL));
        boolean implied = kindOf((ClassTree) getCurrentPath().getParentPath().getLeaf()).equals("interface");
        return constant || implied ? "constant" : "field";
    }

    @Override
    public Void visitModule(ModuleTree tree, Void unused) {
        define("module", ((JCTree) tree.getName()).getStartPosition(), tree.getName().toString());
        return super.visitModule(tree, unused);
    }
}
