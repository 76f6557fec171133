using System.Text;
using System.Text.Json;
using Parallax.Cli.Tests.EndToEnd;
using Parallax.TestKit;

namespace Parallax.Cli.Tests.Deployment;

/// <summary>The objects of deploy/kubernetes: what they name is there, and Kubernetes knows their fields.</summary>
public sealed class ManifestsTests : IDisposable
{
    private static readonly string Deploy = Path.Combine(RealData.Root, "deploy");

    private readonly string _folder = Directory.CreateTempSubdirectory("parallax-manifests-").FullName;

    private static IReadOnlyList<Manifest> All { get; } =
        [.. Directory.EnumerateFiles(Path.Combine(Deploy, "kubernetes"), "*.yaml").Order().SelectMany(Manifest.Read)];

    private static IEnumerable<Manifest> Workloads => All.Where(each => each.Pod is not null);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>TypeScript refuses fields that a type does not have, and values of other types.</summary>
    [Fact]
    public async Task Fields_AreThoseOfKubernetes()
    {
        var packages = Needs.KubernetesTypes();
        Assert.Equal("", await CheckAsync(packages, All.Select(each => (each, each.Json.GetRawText()))));

        // The check finds what it is for.
        var wrong = All[0].Json.GetRawText().Replace("\"containers\"", "\"contaners\"", StringComparison.Ordinal);
        Assert.Contains("contaners", await CheckAsync(packages, [(All[0], wrong)]), StringComparison.Ordinal);
    }

    [Fact]
    public void Services_AndPolicies_SelectPodsThatThereAreAndPortsThatTheyHave() => Assert.All(
        All.Where(each => each.Kind is "Service" or "NetworkPolicy"),
        manifest =>
        {
            var spec = manifest.Json.GetProperty("spec");
            var selector = manifest.Kind == "Service" ? spec.GetProperty("selector")
                : spec.GetProperty("podSelector").GetProperty("matchLabels");
            var pod = Assert.Single(Workloads, each => Covers(each.Pod!.Value.GetProperty("metadata").GetProperty("labels"), selector));
            Assert.Subset(PortsOf(pod), PortsNamedBy(spec));
        });

    [Fact]
    public void Workloads_SelectTheirPodsAndAreProbedAtTheirAdminPort() => Assert.All(Workloads, workload =>
    {
        var selector = workload.Json.GetProperty("spec").GetProperty("selector").GetProperty("matchLabels");
        Assert.True(Covers(workload.Pod!.Value.GetProperty("metadata").GetProperty("labels"), selector));
        var container = Assert.Single(workload.Containers);
        var admin = ArgumentsOf(container).Single(each => each.StartsWith("--admin=")).Split(':')[^1];
        Assert.Equal(("/ready", admin), ProbeOf(container, "readinessProbe"));
        Assert.Equal(("/live", admin), ProbeOf(container, "livenessProbe"));
    });

    [Fact]
    public void Ports_AreThoseOfTheCommandLine() => Assert.All(
        Workloads.SelectMany(each => each.Containers).Where(each => each.TryGetProperty("ports", out _)),
        container => Assert.All(
            container.GetProperty("ports").EnumerateArray(),
            port => Assert.Contains(ArgumentsOf(container), each => each.EndsWith($":{NumberOf(port)}", StringComparison.Ordinal))));

    /// <summary>Nothing but the packets of an interface needs a privilege, and that one no other.</summary>
    [Fact]
    public void Containers_HaveNoPrivilegeButTheOneForAnInterface() => Assert.All(Workloads, workload =>
    {
        var container = Assert.Single(workload.Containers);
        var security = container.GetProperty("securityContext");
        Assert.False(security.GetProperty("allowPrivilegeEscalation").GetBoolean());
        Assert.True(security.GetProperty("readOnlyRootFilesystem").GetBoolean());
        var capabilities = security.GetProperty("capabilities");
        Assert.Equal("""["ALL"]""", capabilities.GetProperty("drop").GetRawText());
        var takesInterface = ArgumentsOf(container).Any(each => each.StartsWith("--interface="));
        var added = capabilities.TryGetProperty("add", out var list) ? list.GetRawText() : "";
        Assert.Equal(takesInterface ? """["NET_RAW"]""" : "", added);
        var pod = workload.Pod!.Value.GetProperty("spec");
        var isNobody = pod.TryGetProperty("securityContext", out var ofPod) && ofPod.GetProperty("runAsNonRoot").GetBoolean();
        Assert.Equal(!takesInterface, isNobody);
    });

    /// <summary>Kubernetes kills what has not ended by then.</summary>
    [Fact]
    public void GracePeriod_IsLongerThanTheEndOfARun() => Assert.All(Workloads, workload =>
        Assert.True(workload.Pod!.Value.GetProperty("spec").GetProperty("terminationGracePeriodSeconds").GetInt32() >= 5 + 10 + 3));

    [Fact]
    public void Images_AreOfThisVersion()
    {
        var version = typeof(Program).Assembly.GetName().Version!.ToString(3);
        Assert.All(Workloads.SelectMany(each => each.Containers), container =>
            Assert.Matches($"^parallax:{version}(-interface)?$", container.GetProperty("image").GetString()));
    }

    private static string Text(JsonElement element, string name) => element.GetProperty(name).GetString()!;

    private static int NumberOf(JsonElement port) => port.GetProperty("containerPort").GetInt32();

    private static List<string> ArgumentsOf(JsonElement container) =>
        [.. container.GetProperty("args").EnumerateArray().Select(each => each.GetString()!)];

    private static bool Covers(JsonElement labels, JsonElement selector) => selector.EnumerateObject().All(
        each => labels.TryGetProperty(each.Name, out var value) && value.GetString() == each.Value.GetString());

    private static HashSet<string> PortsOf(Manifest workload) =>
        [.. workload.Containers.SelectMany(each => each.GetProperty("ports").EnumerateArray()).Select(each => Text(each, "name"))];

    private static HashSet<string> PortsNamedBy(JsonElement spec) => spec.TryGetProperty("ports", out var ports)
        ? [.. ports.EnumerateArray().Select(each => Text(each, "targetPort"))]
        : [.. spec.GetProperty("ingress").EnumerateArray().SelectMany(each => each.GetProperty("ports").EnumerateArray())
            .Select(each => Text(each, "port"))];

    // The port as a number; a name is looked up.
    private static (string Path, string Port) ProbeOf(JsonElement container, string probe)
    {
        var request = container.GetProperty(probe).GetProperty("httpGet");
        var port = request.GetProperty("port");
        var number = port.ValueKind == JsonValueKind.Number ? port.GetInt32()
            : container.GetProperty("ports").EnumerateArray()
                .Where(each => Text(each, "name") == port.GetString()).Select(NumberOf).Single();
        return (Text(request, "path"), $"{number}");
    }

    // networking.k8s.io/v1 is networking/v1 there, and v1 is core/v1.
    private static string ModuleOf(Manifest manifest) => manifest.ApiVersion.Contains('/')
        ? manifest.ApiVersion.Replace(".k8s.io", "", StringComparison.Ordinal)
        : $"core/{manifest.ApiVersion}";

    private async Task<string> CheckAsync(string packages, IEnumerable<(Manifest Manifest, string Json)> manifests)
    {
        var program = new StringBuilder();
        foreach (var ((manifest, json), index) in manifests.Select((each, index) => (each, index)))
        {
            program.AppendLine($"import type {{ {manifest.Kind} as Kind{index} }} from 'kubernetes-types/{ModuleOf(manifest)}';");
            program.AppendLine($"export const manifest{index}: Kind{index} = {json};");
        }

        var path = Path.Combine(_folder, "manifests.ts");
        await File.WriteAllTextAsync(path, program.ToString(), TestContext.Current.CancellationToken);
        var link = Path.Combine(_folder, "node_modules");
        if (!Directory.Exists(link))
        {
            Directory.CreateSymbolicLink(link, packages);
        }

        using var compiler = RunningParallax.StartThrough(
            ["node", Path.Combine(packages, "typescript", "bin", "tsc"), "--noEmit", "--strict", "--module", "nodenext", path]);
        var ended = await compiler.End();
        Assert.Equal(ended.ExitCode == 0, ended.Output.Length == 0);
        return ended.Output;
    }
}
