using System.Text.RegularExpressions;

namespace Parallax.Cli.Tests.House;

/// <summary>What every source file keeps to.</summary>
public class SourceRulesTests
{
    private const int MaxLines = 400;
    private const int MaxColumns = 140;

    private static IEnumerable<SourceText> AllCode => Repository.Files.Where(file => file.IsCSharp);

    [Fact]
    public void Unsafe_StandsInTheReactorOnly() => Repository.AssertAll(Repository.Sources, UnsafeCode);

    [Fact]
    public void NativeImports_StandInTheirFolders() => Repository.AssertAll(Repository.Sources, NativeImports);

    [Fact]
    public void Files_AreNotTooLong() => Repository.AssertAll(Repository.Sources, TooLong);

    [Fact]
    public void Lines_AreNotTooLong() => Repository.AssertAll(AllCode, TooWide);

    [Fact]
    public void Code_HoldsNothingToBeDoneLater() => Repository.AssertAll(Repository.Files, Unfinished);

    [Fact]
    public void TypeNames_SayWhatTheThingIs() => Repository.AssertAll(Repository.Sources, EmptyNames);

    [Fact]
    public void Paths_OfOneMachine_AreNowhere() => Repository.AssertAll(Repository.Files, MachinePaths);

    [Fact]
    public void Tests_NeitherSleepNorTakeFixedPorts() =>
        Repository.AssertAll(AllCode.Where(file => file.Path.StartsWith("tests/")), Sleeps);

    [Theory]
    [InlineData("class A { unsafe void B() { } }")]
    [InlineData("class A { [LibraryImport(\"libc\")] partial void B(); }")]
    [InlineData("class A { [DllImport(\"libc\")] extern void B(); }")]
    public void NativeCode_OutsideItsPlace_IsFound(string text)
    {
        var file = new SourceText("src/Parallax.Wire/Packets/A.cs", text);
        Assert.Single(UnsafeCode(file).Concat(NativeImports(file)));
    }

    [Fact]
    public void Sizes_BeyondTheBounds_AreFound()
    {
        Assert.Single(TooLong(new("src/A.cs", string.Concat(Enumerable.Repeat("//\n", MaxLines + 1)))));
        Assert.Single(TooWide(new("src/A.cs", new string('x', MaxColumns + 1))));
    }

    [Theory]
    [InlineData("class FlowManager;")]
    [InlineData("class MirrorService;")]
    [InlineData("readonly record struct PacketInfo(int A);")]
    [InlineData("interface IDataHelper;")]
    [InlineData("enum CoreKind { A }")]
    public void TypeNames_ThatSayNothing_AreFound(string text) => Assert.Single(EmptyNames(new("src/A.cs", text)));

    [Theory]
    [InlineData("class Scores; class Database; class Itemised; class Based;")]
    [InlineData("class VirtualServiceReader; class ServiceEntryDocument;")]
    public void TypeNames_ThatOnlyLookAlike_AreFine(string text) => Assert.Empty(EmptyNames(new("src/A.cs", text)));

    [Fact]
    public void Leftovers_AreFound()
    {
        Assert.Single(Unfinished(new("src/A.cs", "// " + "TO" + "DO: later")));
        Assert.Single(MachinePaths(new("test", "cd /" + "home/me/parallax")));
        Assert.Single(Sleeps(new("tests/A.cs", "Thread." + "Sleep(1);")));
    }

    private static IEnumerable<string> UnsafeCode(SourceText file) =>
        file.Project != Walls.UnsafeProject && Regex.IsMatch(file.Code, @"\bunsafe\b") ? ["is unsafe"] : [];

    private static IEnumerable<string> NativeImports(SourceText file) =>
        Regex.IsMatch(file.Code, @"\b(LibraryImport|DllImport)\b")
        && !Walls.NativeFolders.Any(folder => file.Path.StartsWith(folder))
            ? ["imports native code"]
            : [];

    private static IEnumerable<string> TooLong(SourceText file) =>
        file.Lines.Length > MaxLines ? [$"has {file.Lines.Length} lines; {MaxLines} at most"] : [];

    private static IEnumerable<string> TooWide(SourceText file) =>
        from line in file.Lines.Index()
        where line.Item.Length > MaxColumns
        select $"line {line.Index + 1} has {line.Item.Length} columns";

    private static IEnumerable<string> Unfinished(SourceText file) =>
        Regex.Matches(file.Text, "\\b(TO" + "DO|FIX" + "ME|HA" + "CK)\\b").Select(match => $"says {match.Value}");

    private static IEnumerable<string> EmptyNames(SourceText file) =>
        from match in Regex.Matches(file.Code, @"\b(?:class|struct|record|interface|enum)\s+(?!struct\b|class\b)(\w+)")
        let name = match.Groups[1].Value
        let own = Walls.NamesOfOthers.Aggregate(name, (rest, other) => rest.Replace(other, ""))
        where Regex.Matches(own, "[A-Z]+(?![a-z])|[A-Z][a-z0-9]*").Any(word => Walls.EmptyWords.Contains(word.Value))
        select $"the name {name} says nothing";

    private static IEnumerable<string> MachinePaths(SourceText file) =>
        Regex.Matches(file.Text, @"(?<![\w.*])/(home|root|work|Users)/\w+").Select(match => $"names {match.Value}");

    private static IEnumerable<string> Sleeps(SourceText file) =>
        Regex.Matches(file.Code, @"\b(Thread\.Sleep|Task\.Delay)\b").Select(match => $"calls {match.Value}");
}
