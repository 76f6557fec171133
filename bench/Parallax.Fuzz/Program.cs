using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Parallax.Fuzz.Engine;
using Parallax.Fuzz.Targets;

namespace Parallax.Fuzz;

/// <summary>Runs one target for a time, or one input: what bench/fuzz.py starts.</summary>
/// <remarks>
/// Parallax.Fuzz --list
/// Parallax.Fuzz --target NAME [--seed N] [--seconds S] [--finds FOLDER] [--current FILE]
/// Parallax.Fuzz --target NAME --input FILE
/// Exit code: 0 nothing was found, 1 something was, 2 wrong usage, 3 an input came to no end.
/// </remarks>
internal static class Program
{
    private const int EndlessSeconds = 30;

    public static int Main(string[] arguments)
    {
        if (arguments.Contains("--list"))
        {
            Console.WriteLine(string.Join('\n', AllTargets.Names));
            return 0;
        }

        if (Value(arguments, "--target") is not { } name || !AllTargets.Names.Contains(name))
        {
            Console.Error.WriteLine($"--target needs one of {string.Join(", ", AllTargets.Names)}");
            return 2;
        }

        var target = AllTargets.Make(name);
        return Value(arguments, "--input") is { } input ? RunInput(target, input) : RunMany(target, arguments);
    }

    private static int RunInput(FuzzTarget target, string path)
    {
        var found = new Trial(target).Run(File.ReadAllBytes(path));
        Console.WriteLine(found?.Message ?? "everything holds");
        return found is null ? 0 : 1;
    }

    private static int RunMany(FuzzTarget target, string[] arguments)
    {
        var seed = Number(arguments, "--seed", 1);
        var limit = TimeSpan.FromSeconds(Number(arguments, "--seconds", 60));
        using var current = Value(arguments, "--current") is { } path ? new CurrentInput(path) : null;
        var fuzzer = new Fuzzer(target, seed) { OnInput = input => current?.Write(input) };
        new Thread(() => Watch(fuzzer)) { IsBackground = true, Name = "watch" }.Start();

        var clock = Stopwatch.StartNew();
        fuzzer.Run(_ => clock.Elapsed < limit);
        foreach (var find in fuzzer.Finds)
        {
            Save(find, Value(arguments, "--finds"));
        }

        Console.WriteLine(JsonSerializer.Serialize(new
        {
            target = target.Name,
            seed,
            inputs = fuzzer.Inputs,
            seconds = Math.Round(clock.Elapsed.TotalSeconds, 1),
            outcomes = fuzzer.Outcomes,
            finds = fuzzer.Finds.Count,
        }));
        return fuzzer.Finds.Count == 0 ? 0 : 1;
    }

    private static void Save(Find find, string? folder)
    {
        Console.Error.WriteLine($"{find.Target}: seed {find.Seed}, input {find.Number}: {find.Kind}\n{find.Message}\n");
        if (folder is not null)
        {
            Directory.CreateDirectory(folder);
            var path = Path.Combine(folder, $"{find.Target}-{find.Seed}-{find.Number}");
            File.WriteAllBytes(path + ".bin", find.Input);
            File.WriteAllText(path + ".txt", $"{find.Kind}\n{find.Message}\n");
        }
    }

    /// <summary>Ends the process when one input takes far longer than any may; the file of the current input says which.</summary>
    private static void Watch(Fuzzer fuzzer)
    {
        using var self = Process.GetCurrentProcess();
        var (inputs, since) = (-1L, TimeSpan.Zero);
        while (true)
        {
            Thread.Sleep(1000);
            self.Refresh();
            if (fuzzer.Inputs != inputs)
            {
                (inputs, since) = (fuzzer.Inputs, self.TotalProcessorTime);
            }
            else if (self.TotalProcessorTime - since > TimeSpan.FromSeconds(EndlessSeconds))
            {
                Console.Error.WriteLine($"input {inputs} came to no end");
                Environment.Exit(3);
            }
        }
    }

    private static string? Value(string[] arguments, string name) =>
        Array.IndexOf(arguments, name) is var at and >= 0 && at + 1 < arguments.Length ? arguments[at + 1] : null;

    private static int Number(string[] arguments, string name, int otherwise) =>
        int.TryParse(Value(arguments, name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : otherwise;
}
