using Parallax.Fuzz.Engine;
using Parallax.Fuzz.Targets;

namespace Parallax.Fuzz.Tests;

/// <summary>Each target with its seeds, the inputs that once broke something, and some changed ones: a run of bench/fuzz.py in
/// small.</summary>
public sealed class FuzzTargetTests
{
    private const int Inputs = 500;

    public static TheoryData<string> Names => [.. AllTargets.Names];

    [Theory]
    [MemberData(nameof(Names))]
    public void Target_SomeInputs_EverythingHolds(string name)
    {
        var fuzzer = new Fuzzer(AllTargets.Make(name), seed: 1);
        fuzzer.Run(done => done < Inputs);
        Assert.True(fuzzer.Finds.Count == 0, string.Join("\n\n", fuzzer.Finds.Select(Text)));
        Assert.True(fuzzer.Inputs >= Inputs && fuzzer.Outcomes > 1, $"{fuzzer.Outcomes} outcomes of {fuzzer.Inputs} inputs");
    }

    private static string Text(Find find) => $"seed {find.Seed}, input {find.Number}: {find.Message}\n{Convert.ToBase64String(find.Input)}";
}
