package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	kubeyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"

	"istio.io/istio/pkg/config"
	"istio.io/istio/pkg/config/analysis/analyzers"
	"istio.io/istio/pkg/config/analysis/local"
	"istio.io/istio/pkg/config/schema/collections"
)

// What is checked: a cluster as files, and the mesh config.
type files struct {
	Mesh      string `json:"mesh"`      // as YAML
	Resources string `json:"resources"` // everything that the cluster holds, as YAML documents
}

// What istioctl would say of them.
type findings struct {
	Refused  []finding `json:"refused"`  // as by istioctl validate, and by istiod's webhook
	Messages []finding `json:"messages"` // as by istioctl analyze
	Skipped  []string  `json:"skipped"`  // analyzers that lacked something
}

type finding struct {
	Code     string `json:"code"`
	Level    string `json:"level"`
	Resource string `json:"resource"`
	Says     string `json:"says"`
}

// check is `istioctl validate` and all of `istioctl analyze` from files, where istioctl itself leaves twenty analyzers
// out: those about pods, secrets and namespaces, which here are files like everything else.
func check() error {
	given := files{}
	if err := json.NewDecoder(os.Stdin).Decode(&given); err != nil {
		return fmt.Errorf("the files: %w", err)
	}
	found := findings{Refused: []finding{}, Messages: []finding{}, Skipped: []string{}}
	reader := kubeyaml.NewYAMLReader(bufio.NewReader(strings.NewReader(given.Resources)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		one := unstructured.Unstructured{}
		if err := yaml.UnmarshalStrict(document, &one.Object); err != nil {
			return err
		}
		if problem := refused(one); problem != nil {
			named := fmt.Sprintf("%s %s/%s", one.GetKind(), one.GetNamespace(), one.GetName())
			found.Refused = append(found.Refused, finding{Level: "Error", Resource: named, Says: problem.Error()})
		}
	}
	return errors.Join(analyze(given, &found), json.NewEncoder(os.Stdout).Encode(found))
}

// refused is why istiod would not have it: a field it doesn't know, or a meaning that can't be.
func refused(one unstructured.Unstructured) error {
	kind := one.GroupVersionKind()
	schema, known := collections.Pilot.FindByGroupVersionAliasesKind(
		config.GroupVersionKind{Group: kind.Group, Version: kind.Version, Kind: kind.Kind})
	if !known {
		return nil
	}
	text, err := json.Marshal(one.Object["spec"])
	if err != nil {
		return err
	}
	spec, err := schema.NewInstance()
	if err != nil {
		return err
	}
	if err := config.ApplyJSONStrict(spec, string(text)); err != nil {
		return err
	}
	meta := config.Meta{
		GroupVersionKind: schema.GroupVersionKind(),
		Name:             one.GetName(),
		Namespace:        one.GetNamespace(),
		Labels:           one.GetLabels(),
		Annotations:      one.GetAnnotations(),
	}
	_, err = schema.ValidateConfig(config.Config{Meta: meta, Spec: spec}) // its warnings are among the analyzers' messages
	return err
}

func analyze(given files, found *findings) error {
	folder, err := os.MkdirTemp("", "mesh-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	meshConfig := folder + "/mesh.yaml"
	if err := os.WriteFile(meshConfig, []byte(given.Mesh), 0o600); err != nil {
		return err
	}
	source := local.NewSourceAnalyzer(analyzers.AllCombined(), "", "istio-system", nil)
	if err := source.AddFileKubeMeshConfig(meshConfig); err != nil {
		return fmt.Errorf("the mesh config: %w", err)
	}
	all := []local.ReaderSource{{Name: "resources", Reader: strings.NewReader(given.Resources)}}
	if err := source.AddTestReaderKubeSource(all); err != nil {
		return err
	}
	stop := make(chan struct{})
	defer close(stop)
	result, err := source.Analyze(stop)
	if err != nil {
		return err
	}
	found.Skipped = append(found.Skipped, result.SkippedAnalyzers...)
	for _, message := range result.Messages {
		one := finding{Code: message.Type.Code(), Level: message.Type.Level().String()}
		one.Says = fmt.Sprintf(message.Type.Template(), message.Parameters...)
		if message.Resource != nil {
			one.Resource = message.Resource.Origin.FriendlyName()
		}
		found.Messages = append(found.Messages, one)
	}
	return nil
}
