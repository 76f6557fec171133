namespace Parallax.Proxy.Tests.Configuration;

/// <summary>The smallest documents that are right.</summary>
internal static class Minimal
{
    public const string Entry = """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: outside}
        spec:
          hosts: [outside.example.net]
          resolution: DNS
          ports: [{number: 80, name: http, protocol: HTTP}]

        """;

    public const string Gateway = """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: gw}
        spec:
          servers:
          - port: {number: 80, name: http, protocol: HTTP}
            hosts: ["*"]
        ---

        """;

    /// <summary>A VirtualService with one route, given in flow style without its braces.</summary>
    public static string Route(string route, string hosts = "a", string more = "") => $$"""
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: a}
        spec:
          hosts: [{{hosts}}]
          {{more}}
          http:
          - {{{route}}}

        """;

    /// <summary>An HTTPRoute with one rule and its Gateway.</summary>
    public static string Rule(string rule) => $$"""
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: gw}
        spec:
          gatewayClassName: parallax
          listeners: [{name: http, port: 80, protocol: HTTP}]
        ---
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: a}
        spec:
          parentRefs: [{name: gw}]
          rules:
          - {{{rule}}}

        """;
}
