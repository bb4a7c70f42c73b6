import com.intellij.openapi.util.Disposer;
import com.intellij.psi.PsiElement;
import com.intellij.psi.PsiErrorElement;
import com.intellij.psi.util.PsiTreeUtil;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jetbrains.kotlin.cli.FrontendConfigurationKeysKt;
import org.jetbrains.kotlin.cli.jvm.compiler.EnvironmentConfigFiles;
import org.jetbrains.kotlin.cli.jvm.compiler.KotlinCoreEnvironment;
import org.jetbrains.kotlin.compiler.plugin.CompilerPluginRegistrar;
import org.jetbrains.kotlin.config.CompilerConfiguration;
import org.jetbrains.kotlin.lexer.KtTokens;
import org.jetbrains.kotlin.psi.*;

/** What Kotlin's own parser sees: see kotlin.py for what is counted, and `listed` in definition.py for the form. */
public class KotlinOracle {
    private final PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    private String text;

    public static void main(String[] arguments) throws Exception {
        var configuration = new CompilerConfiguration();
        FrontendConfigurationKeysKt.setExtensionsStorage(configuration, new CompilerPluginRegistrar.ExtensionStorage());
        var environment = KotlinCoreEnvironment.createForProduction(
            Disposer.newDisposable(), configuration, EnvironmentConfigFiles.JVM_CONFIG_FILES);
        var factory = new KtPsiFactory(environment.getProject(), false);
        var oracle = new KotlinOracle();
        var lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String path = lines.readLine(); path != null; path = lines.readLine()) {
            KtFile file = factory.createFile(Files.readString(Path.of(path)));
            if (!PsiTreeUtil.hasErrorElements(file)) oracle.file(path, file);
        }
    }

    private void file(String path, KtFile file) {
        text = file.getText();
        out.println(path);
        visit(file, false);
    }

    /** `isLocal`: whether the nearest definition with a name around is a function. */
    private void visit(PsiElement node, boolean isLocal) {
        if (node instanceof KtObjectDeclaration one) object(one);
        else if (node instanceof KtEnumEntry one) add(one, "enum_member");
        else if (node instanceof KtClass one) add(one, one.isInterface() ? "interface" : "class");
        else if (node instanceof KtNamedFunction one) add(one, "function");
        else if (node instanceof KtSecondaryConstructor one) add("constructor", one.getConstructorKeyword(), "constructor");
        else if (node instanceof KtTypeAlias one) add(one, "alias");
        else if (node instanceof KtProperty one && !one.isLocal() && !isLocal) add(one, "property");
        else if (node instanceof KtParameter one && one.hasValOrVar()) add(one, "property");
        boolean isNamed = node instanceof KtClassOrObject one && one.getName() != null;
        boolean isCode = node instanceof KtFunction one && one.getName() != null;
        for (PsiElement child : node.getChildren()) visit(child, isCode || (isLocal && !isNamed));
    }

    private void object(KtObjectDeclaration one) {
        if (one.isCompanion() && one.getNameIdentifier() == null) {
            add("Companion", one.getModifierList().getModifier(KtTokens.COMPANION_KEYWORD), "object");
        } else add(one, "object");
    }

    private void add(KtNamedDeclaration one, String kind) {
        if (one.getNameIdentifier() != null) add(one.getName(), one.getNameIdentifier(), kind);
    }

    private void add(String name, PsiElement at, String kind) {
        long line = text.substring(0, at.getTextRange().getStartOffset()).chars().filter(each -> each == '\n').count();
        out.println("\t" + name + "\t" + (line + 1) + "\t" + kind);
    }
}
