using Parallax.Documents;

namespace Parallax.Proxy.Configuration.Reading;

/// <summary>What every Kubernetes document begins with.</summary>
internal sealed record DocumentHead
{
    /// <summary>The group of <c>apiVersion</c>; empty for the group of Service and Namespace.</summary>
    public required string Group { get; init; }

    /// <summary>The version of <c>apiVersion</c>.</summary>
    public required string Version { get; init; }

    /// <summary>The kind.</summary>
    public required string Kind { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The namespace; <c>default</c> when none is given.</summary>
    public required string Namespace { get; init; }

    /// <summary>The labels.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Labels { get; init; } = [];

    /// <summary>When the cluster made it; empty for a file that was written by hand. In this format text order is time order.</summary>
    public string Created { get; init; } = "";

    /// <summary>The document's root.</summary>
    public required Place Place { get; init; }

    /// <summary>How a user calls it: <c>VirtualService httpbin</c>.</summary>
    public override string ToString() => $"{Kind} {Name}";
}
