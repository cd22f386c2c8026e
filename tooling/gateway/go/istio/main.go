// Command istio turns Kubernetes and Istio resources into what istiod would send to the Envoys of some pods. It is
// istiod's own code with its fake cluster around it, so that a chart's meaning is tested, and not our reading of it.
//
// Standard input: a job as JSON (see the type job). Standard output: the resources of each proxy as JSON, in Envoy's own
// form, by the proxy's name. It knows nothing of this machine: what runs where is said by the endpoints in the job.
//
// `istio check` says what istioctl would of a cluster that is written in files (see the type files).
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	meshconfig "istio.io/api/mesh/v1alpha1"
	"istio.io/istio/pilot/pkg/config/kube/crd"
	"istio.io/istio/pilot/pkg/model"
	"istio.io/istio/pilot/test/xds"
	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/mesh"
	"istio.io/istio/pkg/log"
	"istio.io/istio/pkg/test"
	"istio.io/istio/pkg/util/protomarshal"
)

// A job is what the cluster holds, and whose configuration is wanted.
type job struct {
	Mesh       string  `json:"mesh"`       // the mesh config, as YAML
	Istio      string  `json:"istio"`      // Istio's resources, as YAML documents
	Kubernetes string  `json:"kubernetes"` // Namespaces, Services, Pods, EndpointSlices, as YAML documents
	Proxies    []proxy `json:"proxies"`
}

// A proxy is the Envoy of one pod.
type proxy struct {
	Name           string            `json:"name"`
	Type           model.NodeType    `json:"type"` // router or sidecar
	Namespace      string            `json:"namespace"`
	ServiceAccount string            `json:"serviceAccount"`
	IP             string            `json:"ip"`
	Labels         map[string]string `json:"labels"`
}

// What a proxy is sent.
type resources struct {
	Listeners []json.RawMessage `json:"listeners"`
	Clusters  []json.RawMessage `json:"clusters"`
	Routes    []json.RawMessage `json:"routes"`
	Endpoints []json.RawMessage `json:"endpoints"`
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	options := log.DefaultOptions()
	options.SetDefaultOutputLevel(log.OverrideScopeName, log.WarnLevel)
	options.OutputPaths = []string{"stderr"} // standard output is the answer's
	if err := log.Configure(options); err != nil {
		return err
	}
	if len(os.Args) > 1 && os.Args[1] == "check" {
		return check()
	}
	wanted := job{}
	if err := json.NewDecoder(os.Stdin).Decode(&wanted); err != nil {
		return fmt.Errorf("the job: %w", err)
	}
	if err := protomarshal.ApplyYAMLStrict(wanted.Mesh, &meshconfig.MeshConfig{}); err != nil {
		return fmt.Errorf("the mesh config: %w", err)
	}
	meshConfig, err := mesh.ApplyMeshConfigDefaults(wanted.Mesh)
	if err != nil {
		return fmt.Errorf("the mesh config: %w", err)
	}
	if err := strictly(wanted.Istio, meshConfig); err != nil {
		return err
	}
	configs, others, err := crd.ParseInputs(wanted.Istio)
	if err != nil {
		return err
	}
	for _, other := range others {
		return fmt.Errorf("%s %s is no resource of Istio", other.Kind, other.Name)
	}
	answer := map[string]resources{}
	err = test.Wrap(func(t test.Failer) {
		server := xds.NewFakeDiscoveryServer(t, xds.FakeOptions{
			Configs:                dated(configs),
			KubernetesObjectString: wanted.Kubernetes,
			MeshConfig:             meshConfig,
		})
		for _, one := range wanted.Proxies {
			found, problem := sent(server, one)
			if problem != nil {
				t.Fatal(problem)
			}
			answer[one.Name] = found
		}
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}

// dated gives resources their namespace where they leave it out.
func dated(configs []config.Config) []config.Config {
	for i := range configs {
		if configs[i].Namespace == "" {
			configs[i].Namespace = "default"
		}
	}
	return configs
}

func sent(server *xds.FakeDiscoveryServer, one proxy) (resources, error) {
	node := server.SetupProxy(&model.Proxy{
		Type:            one.Type,
		ID:              one.Name + "." + one.Namespace,
		ConfigNamespace: one.Namespace,
		IPAddresses:     []string{one.IP},
		Labels:          one.Labels,
		Metadata: &model.NodeMetadata{
			IstioVersion:   "1.31.0",
			Namespace:      one.Namespace,
			Labels:         one.Labels,
			ServiceAccount: one.ServiceAccount,
		},
	})
	listeners, clusters := server.Listeners(node), server.Clusters(node)
	found := resources{}
	var problem error
	found.Listeners = written(listeners, &problem)
	found.Clusters = written(clusters, &problem)
	found.Routes = written(server.RoutesFromListeners(node, listeners), &problem)
	found.Endpoints = written(server.Endpoints(node), &problem)
	return found, problem
}

func written[M proto.Message](messages []M, problem *error) []json.RawMessage {
	found := make([]json.RawMessage, 0, len(messages))
	for _, message := range messages {
		text, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(message)
		*problem = errors.Join(*problem, err)
		found = append(found, text)
	}
	return found
}
